// Tells how many values are changed and not saved, and asks before they are lost. Without it the form works the same.
const form = document.getElementById('settings');
const told = document.getElementById('settings-changed');
let sending = false;

function changedFields() {
  return [...form.elements].filter((element) =>
    element instanceof HTMLSelectElement
      ? [...element.options].some((option) => option.selected !== option.defaultSelected)
      : element instanceof HTMLInputElement && element.value !== element.defaultValue,
  );
}

function show() {
  const changed = changedFields();
  for (const row of form.querySelectorAll('.setting')) row.classList.toggle('unsaved', changed.some((element) => row.contains(element)));
  told.textContent = changed.length === 0 ? '' : told.dataset.text.replace('{count}', changed.length);
}

if (told) {
  form.addEventListener('input', show);
  form.addEventListener('submit', () => (sending = true));
  addEventListener('beforeunload', (event) => {
    if (!sending && changedFields().length > 0) event.preventDefault();
  });
}
