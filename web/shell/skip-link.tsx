import styles from './skip-link.module.css';

const MAIN = 'main';

/** For those who go through a page with keys: past the menu, to what the page is about. */
export function SkipLink() {
  return (
    <a className={styles.link} href={`#${MAIN}`}>
      To the page
    </a>
  );
}

SkipLink.target = { id: MAIN, tabIndex: -1, style: { outline: 'none' } };
