package org.rapidin.plugin.wire;

import java.util.regex.Pattern;

/** What users of other machines see of messages that name files. */
public final class FileNames {
  private static final Pattern FOLDERS = Pattern.compile("(?<![\\w./])/(?:[^/\\s\\]]+/)+");

  private FileNames() {}

  /**
   * Leaves out the folders of absolute paths. The log and the statistics of the node show them.
   *
   * @param message null is as good as empty
   */
  public static String withoutFolders(String message) {
    return message == null ? "" : FOLDERS.matcher(message).replaceAll("");
  }
}
