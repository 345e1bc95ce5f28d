/** TrendsView comes next. */
export function TrendsView() {
  return (
    <section class="page">
      <h2>Trends</h2>
    </section>
  );
}
