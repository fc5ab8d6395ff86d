/** Who wants to be told. */
export class Listeners<Value> {
  private readonly all = new Set<(value: Value) => void>();

  /** Returns what ends it. */
  add(listener: (value: Value) => void): () => void {
    const own = (value: Value): void => listener(value);
    this.all.add(own);
    return () => this.all.delete(own);
  }

  tell(value: Value): void {
    for (const listener of this.all) listener(value);
  }
}
