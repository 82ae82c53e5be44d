// Brings what has changed into a payer's page without loading it anew: what they read stays where it is, and so does the focus.
const EVERY_MS = 3_000;

function focusable() {
  return [...document.querySelectorAll('main a, main button')];
}

function show(page) {
  const [now, next] = [document.querySelector('main'), page.querySelector('main')];
  if (next === null || now.innerHTML === next.innerHTML) return;
  const focused = document.activeElement?.textContent;
  now.replaceChildren(...next.childNodes);
  document.title = page.title;
  focusable()
    .find(({ textContent }) => textContent === focused)
    ?.focus();
}

async function look() {
  try {
    const answer = await fetch(location.href, { cache: 'no-store' });
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    show(page);
    // The page that is final carries this script no more.
    if (answer.ok && page.querySelector('script') === null) return;
  } catch {
    // Not reached: it is tried again.
  }
  setTimeout(look, EVERY_MS);
}

setTimeout(look, EVERY_MS);
