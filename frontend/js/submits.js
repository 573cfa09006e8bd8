// A choice marked data-submits sends its form at once, without what was left empty.
function send(form) {
  for (const input of form.querySelectorAll("input[name]:not([type=checkbox]), select[name]")) {
    input.disabled = input.disabled || !input.value;
  }
  for (const choice of form.querySelectorAll("fieldset[data-unchosen]")) {
    const boxes = [...choice.querySelectorAll("input[type=checkbox]")];
    choice.disabled = boxes.every((box) => box.checked === box.defaultChecked);
  }
  form.requestSubmit();
}

document.addEventListener("change", (event) => {
  if (event.target.matches?.("[data-submits]")) send(event.target.form);
});
