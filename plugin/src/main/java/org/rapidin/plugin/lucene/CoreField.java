package org.rapidin.plugin.lucene;

import org.apache.lucene.index.IndexReader.CacheHelper;
import org.rapidin.scorer.SegmentKey;

/**
 * One field of a segment's core, which all readers of the segment share and which is closed with
 * the last of them.
 */
final class CoreField implements SegmentKey {
  private final CacheHelper core;
  private final String field;

  CoreField(CacheHelper core, String field) {
    this.core = core;
    this.field = field;
  }

  @Override
  public void onClose(Runnable listener) {
    core.addClosedListener(closed -> listener.run());
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof CoreField that
        && core.getKey() == that.core.getKey()
        && field.equals(that.field);
  }

  @Override
  public int hashCode() {
    return 31 * System.identityHashCode(core.getKey()) + field.hashCode();
  }

  @Override
  public String toString() {
    return "field [" + field + "] of a segment";
  }
}
