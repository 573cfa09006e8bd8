// Sends a file to a place and tells how far it got.

/** Starts sending; `done` resolves with [{id, title, url, media_type}] or rejects with words for people. */
export function send(file, address, token, { onProgress, sorry }) {
  const request = new XMLHttpRequest();
  const form = new FormData();
  form.append("csrf_token", token);
  form.append("file", file, file.name);
  const done = new Promise((resolve, reject) => {
    request.upload.addEventListener("progress", (event) => event.lengthComputable && onProgress(event.loaded / event.total));
    request.addEventListener("load", () => {
      const answer = read(request.responseText);
      if (request.status < 400 && answer?.items?.length) resolve(answer.items);
      else reject(new Error(answer?.message ?? sorry));
    });
    request.addEventListener("error", () => reject(new Error(sorry)));
    request.addEventListener("abort", () => resolve([]));
  });
  request.open("POST", address);
  request.setRequestHeader("Accept", "application/json");
  request.send(form);
  return { done, cancel: () => request.abort() };
}

function read(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
