package org.rapidin.scorer;

/**
 * Identifies the rows of one field of one segment, however the segment was opened. Equal keys mean
 * the same rows; a key of a closed segment never equals that of another one.
 */
public interface SegmentKey {
  /**
   * Registers what runs once when the segment is closed, on the thread that closes it.
   *
   * @param listener must not block and must not throw. It may never run if the segment is closed
   *     already, so call this while a scan keeps the segment open
   */
  void onClose(Runnable listener);
}
