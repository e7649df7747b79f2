package org.rapidin.plugin.lucene;

import java.util.Objects;
import org.apache.lucene.index.IndexReader.CacheHelper;
import org.rapidin.scorer.SegmentKey;

/**
 * The rows or the codes of one field of a segment's core, which all readers of the segment share
 * and which is closed with the last of them.
 */
final class CoreField implements SegmentKey {
  private final CacheHelper core;
  private final String field;
  private final boolean codes;

  private CoreField(CacheHelper core, String field, boolean codes) {
    this.core = core;
    this.field = field;
    this.codes = codes;
  }

  /** The key of a field's rows. */
  static CoreField rows(CacheHelper core, String field) {
    return new CoreField(core, field, false);
  }

  /** The key of the codes of the same field. */
  CoreField codes() {
    return new CoreField(core, field, true);
  }

  @Override
  public void onClose(Runnable listener) {
    core.addClosedListener(closed -> listener.run());
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof CoreField that
        && core.getKey() == that.core.getKey()
        && field.equals(that.field)
        && codes == that.codes;
  }

  @Override
  public int hashCode() {
    return Objects.hash(System.identityHashCode(core.getKey()), field, codes);
  }

  @Override
  public String toString() {
    return (codes ? "codes of field [" : "field [") + field + "] of a segment";
  }
}
