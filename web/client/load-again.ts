/** Whoever comes next finds nothing of whoever was here: everything that the page has kept is dropped with it. */
export function loadAgain(path: string): void {
  window.location.assign(path);
}
