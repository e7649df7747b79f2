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
import org.rapidin.plugin.wire.VersionedBody;

/** What one node says about the model files that an attributor needs. */
public sealed interface ModelReport extends Writeable {
  /** The version of the layout on the wire. */
  int VERSION = 1;

  /** The node has no such model directory. */
  record Absent() implements ModelReport {}

  /**
   * The directory is there but cannot serve the attributor.
   *
   * @param reason one sentence that names the file and how to fix it
   */
  record Broken(String reason) implements ModelReport {}

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

    private Usable(StreamInput in) throws IOException {
      this(
          in.readString(),
          in.readVInt(),
          in.readBoolean()
              ? Optional.of(Compression.read(Map.of(Compression.KEY, in.readMap())))
              : Optional.empty(),
          in.readList(part -> new VectorPart(part.readString(), part.readVInt())));
    }

    private void writeFields(StreamOutput out) throws IOException {
      out.writeString(fingerprint);
      out.writeVInt(tensors);
      out.writeBoolean(fitted.isPresent());
      if (fitted.isPresent()) {
        out.writeMap(fitted.get().toMap());
      }
      out.writeCollection(
          parts,
          (to, part) -> {
            to.writeString(part.name());
            to.writeVInt(part.numbers());
          });
    }
  }

  @Override
  default void writeTo(StreamOutput out) throws IOException {
    VersionedBody.write(
        out,
        VERSION,
        body -> {
          switch (this) {
            case Absent _ -> body.writeByte((byte) 0);
            case Broken(String reason) -> {
              body.writeByte((byte) 1);
              body.writeString(reason);
            }
            case Usable usable -> {
              body.writeByte((byte) 2);
              usable.writeFields(body);
            }
          }
        });
  }

  /**
   * Reads any report.
   *
   * @throws IOException if the stream holds none
   */
  static ModelReport read(StreamInput in) throws IOException {
    return VersionedBody.read(
        in,
        (version, body) -> {
          byte kind = body.readByte();
          return switch (kind) {
            case 0 -> new Absent();
            case 1 -> new Broken(body.readString());
            case 2 -> new Usable(body);
            default -> throw new IOException("no model report of kind %s".formatted(kind));
          };
        });
  }
}
