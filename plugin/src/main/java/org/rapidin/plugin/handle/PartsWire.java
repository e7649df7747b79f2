package org.rapidin.plugin.handle;

import java.io.IOException;
import java.util.List;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.rapidin.attribution.compression.ModulePart;

/** Reads and writes which numbers of vectors are those of which module. */
public final class PartsWire {
  private PartsWire() {}

  /** Writes parts. */
  public static void write(StreamOutput out, List<ModulePart> parts) throws IOException {
    out.writeCollection(
        parts,
        (to, part) -> {
          to.writeString(part.module());
          to.writeVInt(part.from());
          to.writeVInt(part.to());
        });
  }

  /** Reads what {@link #write} wrote. */
  public static List<ModulePart> read(StreamInput in) throws IOException {
    return in.readList(from -> new ModulePart(from.readString(), from.readVInt(), from.readVInt()));
  }
}
