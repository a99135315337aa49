/** Where the divider stands: the same for every model, as long as the tab lives. */
const key = 'scrunch:divider';

class Division {
  /** The left side's share of the width that the visitor chose; the window may allow less. */
  share = $state(remembered());

  move(share: number): void {
    this.share = share;
    try {
      sessionStorage.setItem(key, String(share));
    } catch {
      // A window without storage forgets it with the page.
      return;
    }
  }
}

function remembered(): number {
  try {
    const share = Number(sessionStorage.getItem(key) ?? 0.5);
    return share > 0 && share < 1 ? share : 0.5;
  } catch {
    return 0.5;
  }
}

export const division = new Division();
