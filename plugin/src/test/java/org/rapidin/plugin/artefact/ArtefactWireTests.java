package org.rapidin.plugin.artefact;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.opensearch.transport.TransportRequest;
import org.rapidin.plugin.wire.NextVersion;

/** Messages about artefacts are read as they were written, also those of the next version. */
class ArtefactWireTests {
  private static final StoredArtefact ARTEFACT =
      new StoredArtefact(
          "f",
          "run",
          "node:3",
          7,
          ArtefactSpec.fromMap(Map.of("type", "fisher", "index", "train", "field", "gradient")),
          new StoredArtefact.Vectors("demo", "print", 4),
          Optional.of(new StoredArtefact.Content(100, 1L << 33, 9, "digest")));

  @Test
  void artefactsOfTexts() throws IOException {
    Map<String, Object> body = Map.of("type", "pca", "index", "train", "attributor", "demo");
    StoredArtefact artefact =
        new StoredArtefact(
            "p",
            "run",
            "node:3",
            7,
            ArtefactSpec.fromMap(body),
            new StoredArtefact.Vectors("demo", "print", 4),
            Optional.empty());
    NextVersion.assertIsRead(new ArtefactsResponse(List.of(artefact)), 0, ArtefactsResponse::new);
  }

  @Test
  void artefacts() throws IOException {
    NextVersion.assertIsRead(new ArtefactRequest("f"), header(), ArtefactRequest::new);
    NextVersion.assertIsRead(
        new ArtefactsResponse(List.of(ARTEFACT, ARTEFACT)), 0, ArtefactsResponse::new);
  }

  private static int header() throws IOException {
    return NextVersion.bytes(TransportRequest.Empty.INSTANCE).length();
  }
}
