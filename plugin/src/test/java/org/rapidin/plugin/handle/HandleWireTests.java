package org.rapidin.plugin.handle;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.opensearch.common.io.stream.BytesStreamOutput;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.threadpool.TestThreadPool;
import org.opensearch.threadpool.ThreadPool;
import org.rapidin.attribution.Word;
import org.rapidin.attribution.compression.ModulePart;
import org.rapidin.attribution.error.CompressionError;
import org.rapidin.attribution.error.InfluenceError;
import org.rapidin.attribution.error.OfProjections;
import org.rapidin.attribution.error.ProjectedLayer;
import org.rapidin.plugin.lucene.HitRow;
import org.rapidin.plugin.wire.VersionedBody;
import org.rapidin.scorer.ElementType;

/** Messages about gradients survive the wire, also from a version that knows more. */
class HandleWireTests {
  private static final ResolvedGradient GRADIENT =
      new ResolvedGradient(
          new QueryVector(new float[] {1, -2.5f, 3e-30f}),
          "demo",
          "fingerprint",
          null,
          List.of(new QueryToken("Paris", true), new QueryToken(".", false)));

  @Test
  void everyMessageIsReadAsItWasWritten() throws IOException {
    assertEquals(GRADIENT, copy(GRADIENT, ResolvedGradient::read));
    assertEquals(GRADIENT, copy(new GradientResponse(GRADIENT), GradientResponse::new).gradient());
    GradientKey key = GradientKey.of(GRADIENT, false);
    assertEquals(key, copy(new KeyRequest(key), KeyRequest::new).key());
    TokensResponse tokens =
        copy(
            new TokensResponse(new TokenVectors(List.of(new float[] {1, 2}, new float[] {3, 4}))),
            TokensResponse::new);
    assertArrayEquals(new float[] {3, 4}, tokens.tokens().vectors().get(1));
    HitRow row =
        new HitRow(ElementType.FLOAT16, 3, ElementType.FLOAT16.encode(new float[] {1, 2, 3}));
    InfluencesRequest request =
        copy(new InfluencesRequest(key, List.of(row, row)), InfluencesRequest::new);
    assertEquals(key, request.key());
    assertEquals(List.of(row, row), request.rows());
    double[][] influences = {{1, 2}, {3, Double.MAX_VALUE}};
    assertArrayEquals(
        influences, copy(new InfluencesResponse(influences), InfluencesResponse::new).influences());
  }

  @Test
  void theKeyNamesTheArtefactThatTheGradientWasMultipliedWith() throws IOException {
    ResolvedGradient multiplied =
        new ResolvedGradient(
            GRADIENT.vector(),
            "demo",
            "fingerprint",
            null,
            GRADIENT.tokens(),
            List.of(),
            List.of(),
            "digest",
            GRADIENT.error());
    assertEquals(multiplied, copy(multiplied, ResolvedGradient::read));
    assertNotEquals(GradientKey.of(GRADIENT, false), GradientKey.of(multiplied, false));
  }

  /** Equal vectors may be of one generation and of several, whose errors differ. */
  @Test
  void theKeyDependsOnTheErrorOfInfluences() {
    Set<GradientKey> keys = new HashSet<>();
    for (boolean unitQueries : new boolean[] {false, true}) {
      for (double factor : new double[] {1, 2}) {
        InfluenceError error =
            new InfluenceError(new CompressionError.OfSketch(factor, false), false, unitQueries);
        ResolvedGradient same =
            new ResolvedGradient(
                GRADIENT.vector(),
                "demo",
                "fingerprint",
                null,
                GRADIENT.tokens(),
                List.of(),
                List.of(),
                null,
                error);
        keys.add(GradientKey.of(same, false));
      }
    }
    assertEquals(4, keys.size());
  }

  /** Their documents may come from pipelines of different attributors. */
  @Test
  void gradientsOfEqualAttributorsWithOtherIdsHaveOtherKeys() {
    ResolvedGradient other =
        new ResolvedGradient(GRADIENT.vector(), "copy", "fingerprint", null, GRADIENT.tokens());
    assertNotEquals(GradientKey.of(GRADIENT, false), GradientKey.of(other, false));
  }

  /** Nodes of the version that does not send its keys compute them without the attributor's id. */
  @Test
  void theKeyOfASenderWithoutAKeyIsTheOneThatItComputed() throws Exception {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    digest.update((byte) 1);
    text(digest, "fingerprint");
    digest.update(GRADIENT.vector().littleEndian());
    digest.update((byte) 1);
    text(digest, "Paris");
    digest.update((byte) 0);
    text(digest, ".");
    String old = HexFormat.of().formatHex(digest.digest());
    assertEquals(old, GradientKey.unsent(GRADIENT).toString());
    ThreadPool threadPool = new TestThreadPool("keys");
    try {
      GradientHandles handles = TestHandles.on("here", threadPool);
      handles.lentBy("old", Optional.empty(), GRADIENT);
      assertEquals(old, handles.borrow(GRADIENT, use -> {}).key().toString());
    } finally {
      ThreadPool.terminate(threadPool, 10, TimeUnit.SECONDS);
    }
  }

  private static void text(MessageDigest digest, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).flip());
    digest.update(bytes);
  }

  @Test
  void furtherVectorsTravelAndArePartOfTheKey() throws IOException {
    ResolvedGradient several =
        new ResolvedGradient(
            GRADIENT.vector(),
            "demo",
            "fingerprint",
            null,
            GRADIENT.tokens(),
            List.of(GRADIENT.vector(), new QueryVector(new float[] {0, 1, 0})),
            List.of(new ModulePart("a.b", 0, 2), new ModulePart("c", 2, 3)),
            null,
            GRADIENT.error());
    assertEquals(several, copy(several, ResolvedGradient::read));
    assertEquals(3 * GRADIENT.bytes(), several.bytes());
    assertNotEquals(GradientKey.of(GRADIENT, false), GradientKey.of(several, false));
    try (BytesStreamOutput out = new BytesStreamOutput()) {
      VersionedBody.write(
          out,
          1,
          body -> {
            GRADIENT.vector().writeTo(body);
            body.writeString(GRADIENT.attributor());
            body.writeString(GRADIENT.fingerprint());
            body.writeOptionalString(GRADIENT.model());
            body.writeList(GRADIENT.tokens());
          });
      assertEquals(GRADIENT, ResolvedGradient.read(out.bytes().streamInput()));
    }
  }

  /** The words of the tokens are part of the answer of the node that has the text. */
  @Test
  void wordsTravelAndArePartOfTheKey() throws IOException {
    ResolvedGradient joined =
        new ResolvedGradient(
            GRADIENT.vector(),
            "demo",
            "fingerprint",
            null,
            GRADIENT.tokens(),
            List.of(),
            List.of(),
            null,
            GRADIENT.error(),
            List.of(new Word("Paris.", 2)));
    assertEquals(joined, copy(joined, ResolvedGradient::read));
    assertNotEquals(GradientKey.of(GRADIENT, false), GradientKey.of(joined, false));
    assertEquals(GradientKey.unsent(GRADIENT), GradientKey.unsent(joined));
  }

  @Test
  void errorsTravel() throws IOException {
    List<ProjectedLayer> layers =
        List.of(new ProjectedLayer(0, 2, 3, true, true), new ProjectedLayer(6, 1, 4, false, true));
    for (CompressionError compression :
        List.of(
            CompressionError.NONE,
            new CompressionError.OfSketch(0.25, true),
            new OfProjections(layers, 2, 10, true),
            new CompressionError.Unknown("why"))) {
      InfluenceError error = new InfluenceError(compression, true, false);
      ResolvedGradient gradient =
          new ResolvedGradient(
              GRADIENT.vector(),
              "demo",
              "fingerprint",
              null,
              List.of(),
              List.of(),
              List.of(),
              null,
              error);
      assertEquals(gradient, copy(gradient, ResolvedGradient::read));
    }
  }

  @Test
  void fieldsOfALaterVersionAreSkipped() throws IOException {
    GradientKey key = GradientKey.of(GRADIENT, false);
    try (BytesStreamOutput out = new BytesStreamOutput()) {
      VersionedBody.write(
          out,
          6,
          body -> {
            GRADIENT.vector().writeTo(body);
            body.writeString(GRADIENT.attributor());
            body.writeString(GRADIENT.fingerprint());
            body.writeOptionalString(GRADIENT.model());
            body.writeList(GRADIENT.tokens());
            body.writeList(List.<QueryVector>of());
            PartsWire.write(body, List.of());
            body.writeOptionalString(null);
            ErrorWire.write(body, GRADIENT.error());
            WordsWire.write(body, GRADIENT.words());
            body.writeString("of a later version");
          });
      key.writeTo(out);
      StreamInput in = out.bytes().streamInput();
      assertEquals(GRADIENT, ResolvedGradient.read(in));
      assertEquals(key, new GradientKey(in));
    }
  }

  private static <T extends Writeable> T copy(T message, Writeable.Reader<T> reader)
      throws IOException {
    try (BytesStreamOutput out = new BytesStreamOutput()) {
      message.writeTo(out);
      StreamInput in = out.bytes().streamInput();
      T read = reader.read(in);
      assertEquals(0, in.available());
      return read;
    }
  }
}
