// A choice marked data-submits sends its form at once, without what was left empty.
function send(form) {
  form.addEventListener("formdata", leaveOut, { once: true });
  form.requestSubmit();
}

// Of what is sent, not of the form: that stands there again, whole, when somebody comes back.
function leaveOut({ target: form, formData }) {
  for (const input of form.querySelectorAll("input[name]:not([type=checkbox]), select[name]")) {
    if (!input.value) formData.delete(input.name);
  }
}

document.addEventListener("change", (event) => {
  if (event.target.matches?.("[data-submits]")) send(event.target.form);
});
