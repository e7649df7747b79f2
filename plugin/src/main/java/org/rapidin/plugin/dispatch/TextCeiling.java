package org.rapidin.plugin.dispatch;

import org.opensearch.common.settings.Setting;
import org.opensearch.common.settings.Setting.Property;

/** The most characters of one text that a node reads, whatever an attributor's max_tokens. */
public final class TextCeiling {
  private static final int DEFAULT = 4_000_000;
  private static final int MIN = 1024;
  private static final int MAX = 1 << 30;

  /** {@code plugins.rapidin.text.max_characters}: texts of which more must be read are refused. */
  public static final Setting<Integer> MAX_CHARACTERS =
      Setting.intSetting(
          "plugins.rapidin.text.max_characters", DEFAULT, MIN, MAX, Property.NodeScope);

  private TextCeiling() {}
}
