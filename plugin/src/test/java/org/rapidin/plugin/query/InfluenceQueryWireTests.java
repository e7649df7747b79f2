package org.rapidin.plugin.query;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.opensearch.common.io.stream.BytesStreamOutput;
import org.opensearch.core.common.io.stream.NamedWriteableAwareStreamInput;
import org.opensearch.core.common.io.stream.NamedWriteableRegistry;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.TermQueryBuilder;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TokenSelection;
import org.rapidin.attribution.error.InfluenceError;
import org.rapidin.plugin.handle.GradientHandle;
import org.rapidin.plugin.handle.GradientKey;
import org.rapidin.plugin.handle.QueryVector;
import org.rapidin.plugin.handle.ResolvedGradient;
import org.rapidin.plugin.lucene.Candidates;
import org.rapidin.plugin.wire.VersionedBody;

/** What a node makes of an influence query that another version of the plugin sent. */
class InfluenceQueryWireTests {
  private static final NamedWriteableRegistry QUERIES =
      new NamedWriteableRegistry(
          List.of(
              new NamedWriteableRegistry.Entry(
                  QueryBuilder.class, TermQueryBuilder.NAME, TermQueryBuilder::new)));
  private static final InfluenceQueryWire QUERY =
      new InfluenceQueryWire(
          "gradient",
          new InfluenceSubject.Generation(
              new Sample("The capital of France is", " Paris."), new TokenSelection.Span("Paris")),
          new InfluenceOptions(
              "demo", true, new TermQueryBuilder("lang", "en"), true, new RankingMode.Exact()));

  @Test
  void aQueryIsReadAsItWasWritten() throws IOException {
    try (BytesStreamOutput out = new BytesStreamOutput()) {
      QUERY.writeTo(out);
      assertEquals(QUERY, read(out));
    }
  }

  @Test
  void everyModeIsReadAsItWasWritten() throws IOException {
    for (RankingMode mode :
        List.of(
            new RankingMode.Exact(),
            new RankingMode.ByShownHits(7),
            new RankingMode.ByCandidates(new Candidates(10, 5)))) {
      try (BytesStreamOutput out = new BytesStreamOutput()) {
        InfluenceQueryWire query = inMode(mode);
        query.writeTo(out);
        assertEquals(query, read(out));
      }
    }
  }

  @Test
  void nodesOfTheFirstVersionUnderstandExactQueriesOnly() throws IOException {
    assertEquals(1, neededVersion(new RankingMode.Exact()));
    assertEquals(2, neededVersion(new RankingMode.ByShownHits(10)));
    assertEquals(2, neededVersion(new RankingMode.ByCandidates(new Candidates(10, 5))));
  }

  @Test
  void setsOfGenerationsNeedTheThirdVersion() throws IOException {
    InfluenceQueryWire query =
        new InfluenceQueryWire(
            "gradient",
            new GenerationSet(
                List.of(
                    new GenerationSet.Weighted(
                        (InfluenceSubject.Generation) QUERY.subject(), -0.5f)),
                GenerationSet.Combine.SUM,
                List.of((InfluenceSubject.Generation) QUERY.subject())),
            QUERY.options());
    assertEquals(3, neededVersion(query));
    try (BytesStreamOutput out = new BytesStreamOutput()) {
      query.writeTo(out);
      assertEquals(query, read(out));
    }
  }

  @Test
  void theLargestOfSeveralNeedsTheFourthVersion() throws IOException {
    InfluenceSubject.Generation generation = (InfluenceSubject.Generation) QUERY.subject();
    GradientHandle handle = new GradientHandle(new GradientKey(1, 2, 3, 4), "node");
    QueryVector vector = new QueryVector(new float[] {1, 2});
    for (InfluenceSubject subject :
        List.of(
            new GenerationSet(
                List.of(new GenerationSet.Weighted(generation, 1)),
                GenerationSet.Combine.MAX,
                List.of()),
            InfluenceSubject.ByHandle.of(handle, true),
            new InfluenceSubject.ByValue(
                new ResolvedGradient(
                    vector,
                    "a",
                    "f",
                    null,
                    List.of(),
                    List.of(vector),
                    List.of(),
                    null,
                    InfluenceError.unknown("a test"))))) {
      InfluenceQueryWire query = new InfluenceQueryWire("gradient", subject, QUERY.options());
      assertEquals(4, neededVersion(query));
      try (BytesStreamOutput out = new BytesStreamOutput()) {
        query.writeTo(out);
        assertEquals(query, read(out));
      }
    }
    InfluenceSubject one = InfluenceSubject.ByHandle.of(handle, false);
    assertEquals(1, neededVersion(new InfluenceQueryWire("gradient", one, QUERY.options())));
  }

  @Test
  void severalSpansNeedTheFourthVersion() throws IOException {
    InfluenceSubject.Generation one = (InfluenceSubject.Generation) QUERY.subject();
    InfluenceSubject.Generation spans =
        new InfluenceSubject.Generation(
            new Sample("The capital of France is", " Paris."),
            new TokenSelection.Spans(List.of("Par", "is")));
    for (InfluenceSubject subject : List.of(spans, sum(spans, one), sum(one, spans))) {
      InfluenceQueryWire query = new InfluenceQueryWire("gradient", subject, QUERY.options());
      assertEquals(4, neededVersion(query));
      try (BytesStreamOutput out = new BytesStreamOutput()) {
        query.writeTo(out);
        assertEquals(query, read(out));
      }
    }
  }

  private static GenerationSet sum(
      InfluenceSubject.Generation generation, InfluenceSubject.Generation nuisance) {
    return new GenerationSet(
        List.of(new GenerationSet.Weighted(generation, 1)),
        GenerationSet.Combine.SUM,
        List.of(nuisance));
  }

  @Test
  void modulesNeedTheFifthVersion() throws IOException {
    InfluenceSubject.Generation generation = (InfluenceSubject.Generation) QUERY.subject();
    InfluenceQueryWire query =
        new InfluenceQueryWire(
            "gradient",
            new GenerationSet(
                List.of(new GenerationSet.Weighted(generation, 1)),
                GenerationSet.Combine.MEAN,
                List.of(),
                List.of("*.mlp.*")),
            QUERY.options());
    assertEquals(5, neededVersion(query));
    try (BytesStreamOutput out = new BytesStreamOutput()) {
      query.writeTo(out);
      assertEquals(query, read(out));
    }
  }

  @Test
  void normalizationNeedsTheSeventhVersion() throws IOException {
    for (Normalize normalize :
        List.of(
            new Normalize(Normalize.Kind.COSINE, null),
            new Normalize(Normalize.Kind.L2, null),
            new Normalize(Normalize.Kind.RELATIF, "fisher"))) {
      InfluenceQueryWire query =
          new InfluenceQueryWire(
              "gradient",
              InfluenceSubject.ByHandle.of(
                  new GradientHandle(new GradientKey(1, 2, 3, 4), "node"), false),
              new InfluenceOptions(null, false, null, false, new RankingMode.Exact(), normalize));
      assertEquals(7, neededVersion(query));
      try (BytesStreamOutput out = new BytesStreamOutput()) {
        query.writeTo(out);
        assertEquals(query, read(out));
      }
    }
  }

  @Test
  void preconditionersNeedTheSixthVersion() throws IOException {
    InfluenceQueryWire query =
        new InfluenceQueryWire(
            "gradient",
            new PreconditionedSet(
                new GenerationSet(
                    List.of(
                        new GenerationSet.Weighted(
                            (InfluenceSubject.Generation) QUERY.subject(), 2)),
                    GenerationSet.Combine.MEAN,
                    List.of()),
                "fisher"),
            QUERY.options());
    assertEquals(6, neededVersion(query));
    try (BytesStreamOutput out = new BytesStreamOutput()) {
      query.writeTo(out);
      assertEquals(query, read(out));
    }
  }

  private static int neededVersion(RankingMode mode) throws IOException {
    return neededVersion(inMode(mode));
  }

  private static int neededVersion(InfluenceQueryWire query) throws IOException {
    try (BytesStreamOutput out = new BytesStreamOutput()) {
      query.writeTo(out);
      return VersionedBody.read(out.bytes().streamInput(), (version, body) -> body.readVInt());
    }
  }

  private static InfluenceQueryWire inMode(RankingMode mode) {
    return new InfluenceQueryWire(QUERY.field(), QUERY.subject(), QUERY.options().withMode(mode));
  }

  @Test
  void aQueryOfTheFirstVersionIsExact() throws IOException {
    try (BytesStreamOutput out = new BytesStreamOutput()) {
      VersionedBody.write(
          out,
          1,
          body -> {
            body.writeVInt(1);
            body.writeString(QUERY.field());
            InfluenceSubject.write(QUERY.subject(), body);
            body.writeOptionalString(QUERY.options().attributor());
            body.writeBoolean(QUERY.options().opponents());
            body.writeBoolean(QUERY.options().ignoreUnmapped());
          });
      out.writeOptionalNamedWriteable(QUERY.options().filter());
      assertEquals(inMode(new RankingMode.Exact()), read(out));
    }
  }

  @Test
  void aFieldThatALaterVersionAppendsIsSkippedAndTheFilterIsRead() throws IOException {
    try (BytesStreamOutput out = sentBy(8, 1)) {
      assertEquals(QUERY, read(out));
    }
  }

  @Test
  void aQueryThatNeedsALaterVersionIsRefused() throws IOException {
    try (BytesStreamOutput out = sentBy(9, 8)) {
      IllegalArgumentException refused =
          assertThrows(IllegalArgumentException.class, () -> read(out));
      assertTrue(
          refused.getMessage().contains("of version [9] needs version [8]"), refused::getMessage);
      assertTrue(refused.getMessage().contains("upgrade the RapidIn plugin"), refused::getMessage);
    }
  }

  /** What a version would write that appends a field to the body. */
  private static BytesStreamOutput sentBy(int version, int needed) throws IOException {
    BytesStreamOutput out = new BytesStreamOutput();
    VersionedBody.write(
        out,
        version,
        body -> {
          body.writeVInt(needed);
          body.writeString(QUERY.field());
          InfluenceSubject.write(QUERY.subject(), body);
          body.writeOptionalString(QUERY.options().attributor());
          body.writeBoolean(QUERY.options().opponents());
          body.writeBoolean(QUERY.options().ignoreUnmapped());
          RankingMode.write(QUERY.options().mode(), body);
          QUERY.options().normalize().writeTo(body);
          body.writeString("a field of a later version");
        });
    out.writeOptionalNamedWriteable(QUERY.options().filter());
    return out;
  }

  private static InfluenceQueryWire read(BytesStreamOutput out) throws IOException {
    try (StreamInput in = new NamedWriteableAwareStreamInput(out.bytes().streamInput(), QUERIES)) {
      InfluenceQueryWire query = InfluenceQueryWire.read(in);
      assertEquals(-1, in.read(), "everything was read");
      return query;
    }
  }
}
