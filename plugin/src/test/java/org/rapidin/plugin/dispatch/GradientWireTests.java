package org.rapidin.plugin.dispatch;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.opensearch.common.io.stream.BytesStreamOutput;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.test.OpenSearchTestCase;
import org.opensearch.transport.TransportRequest;
import org.rapidin.attribution.GradientResult;
import org.rapidin.attribution.GradientVector;
import org.rapidin.attribution.QueryGradient;
import org.rapidin.attribution.ResolvedAttributor;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TokenSelection;
import org.rapidin.attribution.TrainingTokens;
import org.rapidin.attribution.Word;
import org.rapidin.attribution.memory.MemoryBudget;
import org.rapidin.attribution.model.file.FileDigests;
import org.rapidin.attribution.model.weights.WeightCache;
import org.rapidin.attribution.service.GradientStats;
import org.rapidin.attribution.service.NativeStats;
import org.rapidin.gpu.GpuStats;
import org.rapidin.plugin.gpu.NodeGpuStats;
import org.rapidin.plugin.handle.GradientKey;
import org.rapidin.plugin.lucene.CandidateCounts;
import org.rapidin.plugin.mapper.TestAttributors;
import org.rapidin.plugin.scan.ScanStats;
import org.rapidin.plugin.wire.NextVersion;
import org.rapidin.plugin.wire.VersionedBody;
import org.rapidin.scorer.RowCounts;

/** What goes from node to node arrives as it was sent. */
public class GradientWireTests extends OpenSearchTestCase {

  public void testSamplesAndResults() throws IOException {
    Sample sample = new Sample("née\n", "\uD83D\uDE00 b");
    assertEquals(
        sample, copy(out -> GradientWire.writeSample(out, sample), GradientWire::readSample));
    GradientResult.Vector vector =
        new GradientResult.Vector(new GradientVector(new float[] {1, -0f, 3e-20f}), 7, true);
    GradientResult.Vector copy =
        (GradientResult.Vector)
            copy(out -> GradientWire.writeResult(out, vector), GradientWire::readResult);
    assertEquals(vector.vector(), copy.vector());
    assertEquals(7, copy.tokens());
    assertTrue(copy.truncated());
    GradientResult failure = new GradientResult.Failure("the gradient is zero");
    assertEquals(
        failure, copy(out -> GradientWire.writeResult(out, failure), GradientWire::readResult));
  }

  public void testEverySelection() throws IOException {
    for (TokenSelection selection :
        List.of(
            new TokenSelection.All(),
            new TokenSelection.Span("Paris"),
            new TokenSelection.Spans(List.of("Paris", "it")),
            new TokenSelection.Positions(List.of(0, 3, 9)))) {
      assertEquals(
          selection,
          copy(out -> GradientWire.writeSelection(out, selection), GradientWire::readSelection));
    }
  }

  public void testQueryGradientsWithAndWithoutTokenVectors() throws IOException {
    QueryGradient gradient =
        new QueryGradient(
            new float[] {2, 4},
            "print",
            List.of(
                new QueryGradient.Token("a", false, null),
                new QueryGradient.Token("b", true, new float[] {1, 2})));
    QueryGradient copy =
        copy(out -> GradientWire.writeQuery(out, gradient), GradientWire::readQuery);
    assertArrayEquals(gradient.vector(), copy.vector(), 0);
    assertEquals("print", copy.fingerprint());
    assertEquals(gradient.tokens().getFirst(), copy.tokens().getFirst());
    assertTrue(copy.tokens().get(1).selected());
    assertArrayEquals(new float[] {1, 2}, copy.tokens().get(1).vector(), 0);
  }

  public void testWordsTravelAndEarlierVersionsHaveNone() throws IOException {
    List<Word> words = List.of(new Word("ab", 2));
    QueryGradient gradient =
        new QueryGradient(
                new float[] {2, 4},
                "print",
                List.of(
                    new QueryGradient.Token("a", true, null),
                    new QueryGradient.Token("b", true, null)))
            .withWords(words);
    assertEquals(
        words,
        copy(new QueryResponse(3, gradient, Optional.empty()), QueryResponse::new)
            .gradient()
            .words());
    assertEquals(
        words,
        copy(new QueryGradientAction.Response(gradient), QueryGradientAction.Response::new)
            .gradient()
            .words());
    TrainingTokens tokens =
        new TrainingTokens(List.of("a", "b"), new double[][] {{1}, {2}}, true, words);
    assertEquals(
        words,
        copy(new TrainingTokensResponse(3, tokens), TrainingTokensResponse::new).tokens().words());
    assertEquals(
        words,
        copy(new TrainingTokensAction.Response(tokens), TrainingTokensAction.Response::new)
            .tokens()
            .words());
    try (BytesStreamOutput out = new BytesStreamOutput()) {
      GradientWire.writeTrainingTokens(out, tokens);
      TrainingTokens old = GradientWire.readTrainingTokens(1, out.bytes().streamInput());
      assertEquals(List.of(), old.words());
      assertEquals(tokens.tokens(), old.tokens());
      assertTrue(old.truncated());
    }
  }

  private static final NodeStats STATS =
      new NodeStats(
          "running",
          new GradientStats(
              1,
              2,
              3,
              4,
              4,
              5,
              6,
              7,
              8,
              List.of(new GradientStats.LoadedModel("p", "m", "identity", 9, true))),
          new QueryGradientCache.Stats(1, 2, 3, 4, 5),
          10,
          11,
          12,
          Map.of("m", List.of("lora")),
          new NativeMemoryStats(
              "tuned",
              new NativeStats(
                  new MemoryBudget.Usage(13, 14, 15, 16),
                  17,
                  18,
                  List.of(new WeightCache.Model("d", "m", 19, 20, 21)),
                  List.of(new FileDigests.Progress("model.safetensors", 22, 23)))),
          new DeviceStats("cuda:0", "cu128", "as configured", "main memory: why"),
          new NodeGpuStats(
              new GpuStats(
                  GpuStats.State.READY,
                  "",
                  "12.4",
                  List.of(new GpuStats.Device("a device", "9.0", 24, 25)),
                  26,
                  27,
                  28,
                  29,
                  30,
                  Map.of("few_rows", 31L),
                  32,
                  33)),
          new ScanStats(34, 35, 36),
          new RowCounts(37, 38),
          "Vector API",
          new CandidateCounts(39, 40, 41, 42, 43),
          new ArtefactStats(44, 45, 46, 47));

  public void testNodeStats() throws IOException {
    assertEquals(STATS, copy(STATS, NodeStats::read));
  }

  public void testStatsOfANodeThatNamesNoDevice() throws IOException {
    NodeStats read = statsOfVersion(1);
    assertNull(read.device());
    assertEquals(NodeGpuStats.OLD_VERSION, read.gpu());
    assertEquals(STATS.nativeMemory(), read.nativeMemory());
  }

  public void testStatsOfANodeThatCountsNoScans() throws IOException {
    NodeStats read = statsOfVersion(2);
    assertEquals(ScanStats.NONE, read.scans());
    assertEquals(STATS.gpu(), read.gpu());
  }

  public void testStatsOfANodeThatCountsNoRows() throws IOException {
    NodeStats read = statsOfVersion(3);
    assertEquals(new RowCounts(0, 0), read.rows());
    assertEquals(STATS.scans(), read.scans());
  }

  public void testStatsOfANodeThatCountsNoCandidates() throws IOException {
    NodeStats read = statsOfVersion(5);
    assertEquals(CandidateCounts.NONE, read.candidates());
    assertEquals("", read.kernels());
    assertEquals(STATS.gradients(), read.gradients());
  }

  public void testStatsOfANodeThatNamesNoMethodOfCompression() throws IOException {
    NodeStats read = statsOfVersion(4);
    assertEquals("", read.gradients().models().getFirst().compression());
    assertEquals(STATS.rows(), read.rows());
  }

  private static NodeStats statsOfVersion(int version) throws IOException {
    try (StreamInput in = NextVersion.bytes(STATS).streamInput();
        BytesStreamOutput out = new BytesStreamOutput()) {
      in.readVInt();
      out.writeVInt(version);
      in.transferTo(out);
      return NodeStats.read(out.bytes().streamInput());
    }
  }

  public void testVersion1OfAnAnswerDoesNotNameTheKeyOfItsTokens() throws IOException {
    QueryGradient gradient = new QueryGradient(new float[] {2, 4}, "print", List.of());
    GradientKey key = new GradientKey(1, 2, 3, 4);
    QueryResponse named = new QueryResponse(3, gradient, Optional.of(key));
    assertEquals(Optional.of(key), copy(named, QueryResponse::new).lent());
    try (BytesStreamOutput out = new BytesStreamOutput()) {
      VersionedBody.write(out, 1, body -> body.writeVInt(3));
      GradientWire.writeQuery(out, gradient);
      QueryResponse old = new QueryResponse(out.bytes().streamInput());
      assertEquals(Optional.empty(), old.lent());
      assertEquals(3, old.waiting());
      assertArrayEquals(gradient.vector(), old.gradient().vector(), 0);
    }
  }

  public void testVersion1OfAQueryNamesNoUser() throws IOException {
    ResolvedAttributor attributor = TestAttributors.require("demo").resolved();
    Generation generation = new Generation(new Sample("p", "c"), new TokenSelection.All(), true);
    for (Optional<String> user : List.of(Optional.of("ann"), Optional.<String>empty())) {
      QueryRequest request = new QueryRequest(attributor, generation, user);
      assertEquals(user, copy(request, QueryRequest::new).user());
    }
    try (BytesStreamOutput out = new BytesStreamOutput()) {
      TransportRequest.Empty.INSTANCE.writeTo(out);
      VersionedBody.write(
          out,
          1,
          body -> {
            GradientWire.writeAttributor(body, attributor);
            generation.writeTo(body);
          });
      QueryRequest old = new QueryRequest(out.bytes().streamInput());
      assertEquals(Optional.empty(), old.user());
      assertEquals(generation, old.generation());
    }
  }

  /** The next version appends a field to the versioned body of each message. */
  public void testMessagesOfTheNextVersionAreReadAndWhatTheyAddIsSkipped() throws IOException {
    ResolvedAttributor attributor = TestAttributors.require("demo").resolved();
    Sample sample = new Sample("p", "c");
    Generation generation = new Generation(sample, new TokenSelection.Span("c"), true);
    QueryGradient gradient = new QueryGradient(new float[] {2, 4}, "print", List.of());
    GradientResult vector =
        new GradientResult.Vector(new GradientVector(new float[] {1, 2}), 7, true);
    int request = NextVersion.bytes(TransportRequest.Empty.INSTANCE).length();
    NextVersion.assertIsRead(
        new DocumentsRequest(attributor, List.of(sample)), request, DocumentsRequest::new);
    NextVersion.assertIsRead(
        new QueryRequest(attributor, generation, Optional.of("user")), request, QueryRequest::new);
    NextVersion.assertIsRead(
        new QueryGradientAction.Request("demo", generation),
        request,
        QueryGradientAction.Request::new);
    NextVersion.assertIsRead(new DocumentsResponse(3, List.of(vector)), 0, DocumentsResponse::new);
    NextVersion.assertIsRead(
        new QueryResponse(3, gradient, Optional.empty()), 0, QueryResponse::new);
    NextVersion.assertIsRead(
        new QueryGradientAction.Response(gradient), 0, QueryGradientAction.Response::new);
    NextVersion.assertIsRead(STATS, 0, NodeStats::read);
  }

  private static <T> T copy(Writeable written, Writeable.Reader<T> reader) throws IOException {
    try (BytesStreamOutput out = new BytesStreamOutput()) {
      written.writeTo(out);
      try (StreamInput in = out.bytes().streamInput()) {
        T copy = reader.read(in);
        assertEquals(-1, in.read());
        return copy;
      }
    }
  }
}
