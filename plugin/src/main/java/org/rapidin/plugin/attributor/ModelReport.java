package org.rapidin.plugin.attributor;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.rapidin.attribution.compression.Compression;

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
   */
  record Usable(String fingerprint, int tensors, Optional<Compression> fitted)
      implements ModelReport {
    @Override
    public void writeTo(StreamOutput out) throws IOException {
      // A node that does not know the compression does not ask.
      out.writeByte((byte) (fitted.isPresent() ? 3 : 2));
      out.writeString(fingerprint);
      out.writeVInt(tensors);
      if (fitted.isPresent()) {
        out.writeMap(fitted.get().toMap());
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
      case 2 -> new Usable(in.readString(), in.readVInt(), Optional.empty());
      case 3 -> new Usable(in.readString(), in.readVInt(), Optional.of(compression(in)));
      default -> throw new IOException("no model report of kind %s".formatted(kind));
    };
  }
}
