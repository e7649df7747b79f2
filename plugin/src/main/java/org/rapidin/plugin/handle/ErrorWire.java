package org.rapidin.plugin.handle;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.opensearch.common.io.stream.BytesStreamOutput;
import org.opensearch.core.common.bytes.BytesReference;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.rapidin.attribution.error.CompressionError;
import org.rapidin.attribution.error.InfluenceError;
import org.rapidin.attribution.error.OfProjections;
import org.rapidin.attribution.error.ProjectedLayer;

/** Reads and writes the error of influences. */
public final class ErrorWire {
  private static final byte OF_SKETCH = 0;
  private static final byte OF_PROJECTIONS = 1;
  private static final byte UNKNOWN = 2;

  private ErrorWire() {}

  /** Writes an error. */
  public static void write(StreamOutput out, InfluenceError error) throws IOException {
    out.writeBoolean(error.unitDocuments());
    out.writeBoolean(error.unitQueries());
    switch (error.compression()) {
      case CompressionError.OfSketch(double factor, boolean atMost) -> {
        out.writeByte(OF_SKETCH);
        out.writeDouble(factor);
        out.writeBoolean(atMost);
      }
      case OfProjections projections -> {
        out.writeByte(OF_PROJECTIONS);
        out.writeCollection(projections.layers(), ErrorWire::writeLayer);
        out.writeVInt(projections.checkpoints());
        out.writeVInt(projections.stride());
        out.writeBoolean(projections.atMost());
      }
      case CompressionError.Unknown(String reason) -> {
        out.writeByte(UNKNOWN);
        out.writeString(reason);
      }
    }
  }

  /** What {@link #write} writes. */
  static byte[] bytes(InfluenceError error) {
    try (BytesStreamOutput out = new BytesStreamOutput()) {
      write(out, error);
      return BytesReference.toBytes(out.bytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Reads what {@link #write} wrote. */
  public static InfluenceError read(StreamInput in) throws IOException {
    boolean unitDocuments = in.readBoolean();
    boolean unitQueries = in.readBoolean();
    byte kind = in.readByte();
    CompressionError compression =
        switch (kind) {
          case OF_SKETCH -> new CompressionError.OfSketch(in.readDouble(), in.readBoolean());
          case OF_PROJECTIONS ->
              new OfProjections(
                  in.readList(ErrorWire::readLayer),
                  in.readVInt(),
                  in.readVInt(),
                  in.readBoolean());
          case UNKNOWN -> new CompressionError.Unknown(in.readString());
          default -> throw new IOException("unknown kind of error [%s]".formatted(kind));
        };
    return new InfluenceError(compression, unitDocuments, unitQueries);
  }

  private static void writeLayer(StreamOutput out, ProjectedLayer layer) throws IOException {
    out.writeVInt(layer.from());
    out.writeVInt(layer.outputs());
    out.writeVInt(layer.inputs());
    out.writeBoolean(layer.outputsProjected());
    out.writeBoolean(layer.inputsProjected());
  }

  private static ProjectedLayer readLayer(StreamInput in) throws IOException {
    return new ProjectedLayer(
        in.readVInt(), in.readVInt(), in.readVInt(), in.readBoolean(), in.readBoolean());
  }
}
