package org.rapidin.plugin.lucene;

import org.apache.lucene.index.FieldInfo;

/**
 * Codes in a file that is still being written.
 *
 * @param field whose rows they are of
 * @param entry where they are
 * @param rows n
 */
record WrittenCodes(FieldInfo field, CodeEntry entry, int rows) {}
