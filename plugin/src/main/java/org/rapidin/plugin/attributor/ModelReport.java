package org.rapidin.plugin.attributor;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.rapidin.attribution.compression.Compression;
import org.rapidin.attribution.compression.VectorPart;

/** What one node says about the model files that an attributor needs. */
public sealed interface ModelReport extends Writeable {

  /** The node has no such model directory. */
  record Absent() implements ModelReport {
    @Override
    public void writeTo(StreamOutput out) throws IOException {
      out.writeByte((byte) 0);
    }
  }

  /**
   * The directory is there but cannot serve the attributor.
   *
   * @param reason one sentence that names the file and how to fix it
   */
  record Broken(String reason) implements ModelReport {
    @Override
    public void writeTo(StreamOutput out) throws IOException {
      out.writeByte((byte) 1);
      out.writeString(reason);
    }
  }

  /**
   * The files serve the attributor.
   *
   * @param fingerprint SHA-256 over the attributor's spec and the files
   * @param tensors parameter tensors per checkpoint whose gradients count
   * @param fitted the spec's compression with what follows from the files; empty if nothing does
   * @param parts of vectors, where they were asked for and the compression keeps layers apart
   */
  record Usable(
      String fingerprint, int tensors, Optional<Compression> fitted, List<VectorPart> parts)
      implements ModelReport {
    public Usable {
      parts = List.copyOf(parts);
    }

    private Usable(StreamInput in, boolean hasFitted, boolean hasParts) throws IOException {
      this(
          in.readString(),
          in.readVInt(),
          hasFitted ? Optional.of(compression(in)) : Optional.empty(),
          hasParts
              ? in.readList(part -> new VectorPart(part.readString(), part.readVInt()))
              : List.of());
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
      // A node that does not know the compression does not ask, nor one that knows no parts.
      out.writeByte((byte) (2 + (fitted.isPresent() ? 1 : 0) + (parts.isEmpty() ? 0 : 2)));
      out.writeString(fingerprint);
      out.writeVInt(tensors);
      if (fitted.isPresent()) {
        out.writeMap(fitted.get().toMap());
      }
      if (!parts.isEmpty()) {
        out.writeCollection(
            parts,
            (to, part) -> {
              to.writeString(part.name());
              to.writeVInt(part.numbers());
            });
      }
    }
  }

  private static Compression compression(StreamInput in) throws IOException {
    return Compression.read(Map.of(Compression.KEY, in.readMap()));
  }

  /**
   * Reads any report.
   *
   * @throws IOException if the stream holds none
   */
  static ModelReport read(StreamInput in) throws IOException {
    byte kind = in.readByte();
    return switch (kind) {
      case 0 -> new Absent();
      case 1 -> new Broken(in.readString());
      case 2 -> new Usable(in, false, false);
      case 3 -> new Usable(in, true, false);
      case 4 -> new Usable(in, false, true);
      case 5 -> new Usable(in, true, true);
      default -> throw new IOException("no model report of kind %s".formatted(kind));
    };
  }
}
