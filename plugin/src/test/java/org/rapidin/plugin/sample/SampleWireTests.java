package org.rapidin.plugin.sample;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.opensearch.common.io.stream.BytesStreamOutput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.index.shard.ShardId;
import org.opensearch.transport.TransportRequest;
import org.rapidin.plugin.wire.NextVersion;
import org.rapidin.plugin.wire.VersionedBody;

/** Messages about vectors are read as they were written, also those of other versions. */
class SampleWireTests {
  private static final List<float[]> VECTORS = List.of(new float[] {1, 2}, new float[] {3, 4});

  @Test
  void vectors() throws IOException {
    int header = NextVersion.bytes(TransportRequest.Empty.INSTANCE).length();
    NextVersion.assertIsRead(
        new VectorTransport.Request(new ShardId("train", "uuid", 2), "gradient", List.of("1", "2")),
        header,
        VectorTransport.Request::new);
    NextVersion.assertIsRead(
        new VectorTransport.Response(List.of(1, 0), VECTORS), 0, VectorTransport.Response::new);
  }

  @Test
  void version1SendsNoPositions() throws IOException {
    try (BytesStreamOutput out = new BytesStreamOutput()) {
      VersionedBody.write(out, 1, body -> {});
      out.writeCollection(VECTORS, StreamOutput::writeFloatArray);
      VectorTransport.Response old = new VectorTransport.Response(out.bytes().streamInput());
      assertEquals(List.of(), old.positions());
      assertEquals(2, old.vectors().size());
    }
  }

  @Test
  void documentsAreGroupedAndCutInTheirOrder() {
    ShardId zero = new ShardId("train", "uuid", 0);
    ShardId one = new ShardId("train", "uuid", 1);
    List<ShardDocuments> shards =
        ShardDocuments.of(
            List.of(
                new RandomDocuments.Drawn(one, "n", "5"),
                new RandomDocuments.Drawn(zero, "n", "2"),
                new RandomDocuments.Drawn(one, "n", "1"),
                new RandomDocuments.Drawn(one, "m", "3"),
                new RandomDocuments.Drawn(one, "n", "4")));
    assertEquals(
        List.of(
            new ShardDocuments(one, "n", List.of("5", "1", "4")),
            new ShardDocuments(zero, "n", List.of("2")),
            new ShardDocuments(one, "m", List.of("3"))),
        shards);
    assertEquals(
        List.of(
            new ShardDocuments(one, "n", List.of("5", "1")),
            new ShardDocuments(one, "n", List.of("4"))),
        shards.getFirst().pieces(2));
  }
}
