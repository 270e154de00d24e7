// Copies a new key; without it one selects and copies by hand.
const key = document.getElementById('key');
const button = document.getElementById('copy-key');

button?.addEventListener('click', async () => {
  key.select();
  // The clipboard is for secure pages only; on a plain address the old way works.
  try {
    await navigator.clipboard.writeText(key.value);
  } catch {
    document.execCommand('copy');
  }
  button.textContent = button.dataset.done;
});
