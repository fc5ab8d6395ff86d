/** The mark of the application: a glass case with what lives in it. */
export function BrandMark() {
  return (
    <svg width="16" height="16" viewBox="0 0 16 16" fill="none" aria-hidden="true">
      <path d="M1.6 2.5v10.9h12.8V2.5" stroke="currentColor" strokeWidth="1.3" />
      <rect x="3.9" y="8.4" width="3.2" height="3.2" fill="currentColor" />
      <circle cx="10.6" cy="9.9" r="1.75" fill="currentColor" />
    </svg>
  );
}
