// Choosing the square of a photo: by dragging on the picture, or with the three sliders, which are what is sent.
// Without scripts nothing is sent and the middle is taken.
const input = document.querySelector("input[data-crops]");
const tools = input && document.getElementById(input.dataset.crops);
const LONGER_SIDE = 640;

function sliders() {
  return Object.fromEntries([...tools.querySelectorAll("[data-crop]")].map((slider) => [slider.dataset.crop, slider]));
}

function limit(picture, { x, y, size }) {
  size.max = Math.min(picture.width, picture.height);
  size.min = Math.max(1, Math.floor(size.max / 8));
  x.max = picture.width - size.value;
  y.max = picture.height - size.value;
}

function draw(picture, canvas, { x, y, size }) {
  const scale = canvas.width / picture.width;
  const pen = canvas.getContext("2d");
  const [left, top, side] = [x.value, y.value, size.value].map((number) => number * scale);
  pen.globalAlpha = 0.3;
  pen.clearRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
  pen.globalAlpha = 1;
  pen.drawImage(picture, x.value, y.value, size.value, size.value, left, top, side, side);
  pen.strokeStyle = getComputedStyle(canvas).color;
  pen.lineWidth = 2;
  pen.strokeRect(left + 1, top + 1, side - 2, side - 2);
}

function drag(picture, canvas, parts, redraw) {
  canvas.onpointermove = (event) => {
    if (!canvas.hasPointerCapture(event.pointerId)) return;
    const scale = picture.width / canvas.getBoundingClientRect().width;
    parts.x.value = Number(parts.x.value) + event.movementX * scale;
    parts.y.value = Number(parts.y.value) + event.movementY * scale;
    redraw();
  };
  canvas.onpointerdown = (event) => canvas.setPointerCapture(event.pointerId);
}

function begin(picture) {
  const canvas = tools.querySelector("canvas");
  const parts = sliders();
  const scale = Math.min(1, LONGER_SIDE / Math.max(picture.width, picture.height));
  canvas.width = Math.round(picture.width * scale);
  canvas.height = Math.round(picture.height * scale);
  const side = Math.min(picture.width, picture.height);
  for (const slider of Object.values(parts)) slider.max = Math.max(picture.width, picture.height);
  parts.size.value = side;
  parts.x.value = Math.floor((picture.width - side) / 2);
  parts.y.value = Math.floor((picture.height - side) / 2);
  const redraw = () => {
    limit(picture, parts);
    draw(picture, canvas, parts);
  };
  tools.oninput = redraw;
  drag(picture, canvas, parts, redraw);
  tools.hidden = tools.disabled = false;
  redraw();
}

async function choose() {
  tools.hidden = tools.disabled = true;
  const [file] = input.files;
  if (!file) return;
  try {
    begin(await createImageBitmap(file, { imageOrientation: "from-image" }));
  } catch {
    // no image that this browser can read: the server says so
  }
}

if (input) {
  input.addEventListener("change", choose);
  choose();
}
