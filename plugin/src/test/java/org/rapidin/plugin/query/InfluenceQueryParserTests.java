package org.rapidin.plugin.query;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.opensearch.OpenSearchException;
import org.opensearch.common.xcontent.json.JsonXContent;
import org.opensearch.core.ParseField;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.core.xcontent.DeprecationHandler;
import org.opensearch.core.xcontent.NamedXContentRegistry;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.TermQueryBuilder;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TokenSelection;
import org.rapidin.plugin.handle.QueryVector;
import org.rapidin.plugin.lucene.Candidates;

class InfluenceQueryParserTests {
  private static final String TEXT = "\"prompt\": \"p\", \"completion\": \"in Paris now\"";

  @Test
  void everyOptionIsRead() throws IOException {
    InfluenceQueryBuilder query =
        parse(
            """
            {"gradient": {"prompt": "p", "completion": "in Paris now", "tokens": "Paris",
              "direction": "opponents", "filter": {"term": {"lang": "en"}}, "attributor": "demo",
              "ignore_unmapped": true, "boost": 2.5, "_name": "n"}}
            """);
    assertEquals("gradient", query.field());
    assertEquals(
        new InfluenceSubject.Generation(
            new Sample("p", "in Paris now"), new TokenSelection.Span("Paris")),
        query.subject());
    assertEquals(
        new InfluenceOptions(
            "demo", true, new TermQueryBuilder("lang", "en"), true, new RankingMode.Exact()),
        query.options());
    assertEquals(2.5f, query.boost());
    assertEquals("n", query.queryName());
  }

  @Test
  void aVectorIsAnArrayOrBase64OfFloats() throws IOException {
    float[] values = {1, -2.5f, 3};
    ByteBuffer bytes = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    String base64 = Base64.getEncoder().encodeToString(bytes.array());
    InfluenceSubject wanted = new InfluenceSubject.RawVector(new QueryVector(values));
    assertEquals(wanted, parse("{\"g\": {\"vector\": [1, -2.5, 3]}}").subject());
    assertEquals(wanted, parse("{\"g\": {\"vector\": \"" + base64 + "\"}}").subject());
  }

  @Test
  void tokensMayBeTexts() throws IOException {
    InfluenceQueryBuilder query =
        parse(
            "{\"g\": {\"prompt\": \"p\", \"completion\": \"in Paris now\", \"tokens\": [\"in\", \"now\"]}}");
    assertEquals(
        new TokenSelection.Spans(List.of("in", "now")),
        ((InfluenceSubject.Generation) query.subject()).tokens());
    refused("[tokens] must be a text", "{\"g\": {" + TEXT + ", \"tokens\": [\"Rome\"]}}");
    refused("texts or positions, not both", "{\"g\": {" + TEXT + ", \"tokens\": [\"a\", 1]}}");
    refused("[tokens] takes positions", "{\"g\": {" + TEXT + ", \"tokens\": [1, \"a\"]}}");
  }

  @Test
  void tokensMayBePositions() throws IOException {
    InfluenceQueryBuilder query = parse("{\"g\": {" + TEXT + ", \"tokens\": [0, 2]}}");
    assertEquals(
        new TokenSelection.Positions(List.of(0, 2)),
        ((InfluenceSubject.Generation) query.subject()).tokens());
  }

  @Test
  void setsAreRead() throws IOException {
    InfluenceSubject.Generation generation =
        new InfluenceSubject.Generation(
            new Sample("p", "in Paris now"), new TokenSelection.Span("Paris"));
    InfluenceSubject.Generation other =
        new InfluenceSubject.Generation(new Sample("q", "c"), new TokenSelection.All());
    assertEquals(
        new GenerationSet(
            List.of(
                new GenerationSet.Weighted(generation, 1),
                new GenerationSet.Weighted(other, -0.5f)),
            GenerationSet.Combine.SUM,
            List.of(other)),
        parse(
                "{\"g\": {\"generations\": [{"
                    + TEXT
                    + ", \"tokens\": \"Paris\"}, {\"prompt\": \"q\", \"completion\": \"c\", \"weight\": -0.5}], \"combine\": \"sum\", \"nuisance\": [{\"prompt\": \"q\", \"completion\": \"c\"}]}}")
            .subject());
  }

  @Test
  void nuisanceAppliesToOneGenerationToo() throws IOException {
    InfluenceSubject.Generation generation =
        new InfluenceSubject.Generation(new Sample("p", "in Paris now"), new TokenSelection.All());
    assertEquals(
        new GenerationSet(
            List.of(new GenerationSet.Weighted(generation, 1)),
            GenerationSet.Combine.MEAN,
            List.of(generation)),
        parse("{\"g\": {" + TEXT + ", \"nuisance\": [{" + TEXT + "}]}}").subject());
  }

  @Test
  void whatInfluenceIsDividedBy() throws IOException {
    assertEquals(Normalize.NONE, parse("{\"g\": {" + TEXT + "}}").options().normalize());
    assertEquals(
        Normalize.NONE,
        parse("{\"g\": {" + TEXT + ", \"normalize\": \"none\"}}").options().normalize());
    assertEquals(
        new Normalize(Normalize.Kind.L2, null),
        parse("{\"g\": {\"vector\": [1], \"normalize\": \"l2\"}}").options().normalize());
    assertEquals(
        new Normalize(Normalize.Kind.RELATIF, "f"),
        parse("{\"g\": {" + TEXT + ", \"normalize\": \"relatif\", \"preconditioner\": \"f\"}}")
            .options()
            .normalize());
    refused("name one, or use [l2]", "{\"g\": {" + TEXT + ", \"normalize\": \"relatif\"}}");
    refused("[normalize] must be none", "{\"g\": {" + TEXT + ", \"normalize\": \"l1\"}}");
  }

  @Test
  void aPreconditionerIsForOneGenerationAndForSets() throws IOException {
    InfluenceSubject.Generation generation =
        new InfluenceSubject.Generation(new Sample("p", "in Paris now"), new TokenSelection.All());
    assertEquals(
        new PreconditionedSet(
            new GenerationSet(
                List.of(new GenerationSet.Weighted(generation, 1)),
                GenerationSet.Combine.MEAN,
                List.of()),
            "fisher"),
        parse("{\"g\": {" + TEXT + ", \"preconditioner\": \"fisher\"}}").subject());
    refused("not for a [vector]", "{\"g\": {\"vector\": [1], \"preconditioner\": \"f\"}}");
    refused("[preconditioner] is empty", "{\"g\": {" + TEXT + ", \"preconditioner\": \"\"}}");
    refused("[preconditioner] takes a string", "{\"g\": {" + TEXT + ", \"preconditioner\": 1}}");
  }

  @Test
  void mistakesInSetsGetOneSentence() {
    String list = "{\"g\": {\"generations\": %s}}";
    refused("[generations] is empty", list.formatted("[]"));
    refused("[generations] takes a list of objects", list.formatted("{}"));
    refused("[generations] takes objects", list.formatted("[\"a\"]"));
    refused("an entry of [generations] needs [prompt]", list.formatted("[{\"prompt\": \"p\"}]"));
    refused(
        "an entry of [generations] does not know [promt]", list.formatted("[{\"promt\": \"p\"}]"));
    refused("[weight] takes a number", list.formatted("[{" + TEXT + ", \"weight\": \"much\"}]"));
    refused("[weight] is 0", list.formatted("[{" + TEXT + ", \"weight\": 0}]"));
    String many = String.join(", ", Collections.nCopies(65, "{" + TEXT + "}"));
    refused("at most 64 texts together, got 65", list.formatted("[" + many + "]"));
    refused("[combine] needs [generations]", "{\"g\": {" + TEXT + ", \"combine\": \"sum\"}}");
    String combine = "{\"g\": {\"generations\": [{" + TEXT + "}], \"combine\": \"%s\"}}";
    refused("[combine] must be mean, sum or max, got [median]", combine.formatted("median"));
    String nuisance = "\"nuisance\": [{" + TEXT + ", \"weight\": 1}]";
    refused(
        "an entry of [nuisance] does not know [weight]",
        "{\"g\": {" + TEXT + ", " + nuisance + "}}");
    refused("not of a [vector]", "{\"g\": {\"vector\": [1], \"nuisance\": [{" + TEXT + "}]}}");
    refused("got several", "{\"g\": {" + TEXT + ", \"generations\": [{" + TEXT + "}]}}");
  }

  @Test
  void neitherVectorNorItsHashShowsInWords() throws IOException {
    InfluenceQueryBuilder query = parse("{\"g\": {\"vector\": [1234.5, 2]}}");
    assertFalse(query.toString().contains("1234"));
    assertTrue(query.toString().contains("2 numbers, not shown"));
    assertFalse(query.subject().toString().contains("1234"));
  }

  @Test
  void candidatesAreAskedForByMode() throws IOException {
    assertEquals(new RankingMode.Exact(), mode("\"mode\": \"exact\""));
    assertEquals(new RankingMode.ByShownHits(10), mode("\"mode\": \"candidates\""));
    assertEquals(
        new RankingMode.ByCandidates(new Candidates(20, 3)),
        mode("\"k\": 20, \"mode\": \"candidates\", \"oversample\": 3"));
  }

  private static RankingMode mode(String options) throws IOException {
    InfluenceQueryBuilder query = parse("{\"g\": {" + TEXT + ", " + options + "}}");
    // What is written is read again.
    InfluenceQueryBuilder again =
        parse(
            query
                .toString()
                .replaceFirst("(?s)^.*?\"influence\"\\s*:", "")
                .replaceFirst("}\\s*$", ""));
    assertEquals(query.options(), again.options());
    return query.options().mode();
  }

  @Test
  void mistakesWithCandidatesAreRefused() {
    refused("[mode] must be exact or candidates, got [fast]", options("\"mode\": \"fast\""));
    refused("add \"mode\": \"candidates\"", options("\"k\": 10"));
    refused("[k] must be 1 to 10000, got 0", options("\"mode\": \"candidates\", \"k\": 0"));
    refused("[k] takes an integer, got 1.5", options("\"mode\": \"candidates\", \"k\": 1.5"));
    refused(
        "[k] times [oversample] must be at most 100000, got 2000 times 60",
        options("\"mode\": \"candidates\", \"k\": 2000, \"oversample\": 60"));
    refused(
        "[oversample] must be 1 to 100, got 101",
        options("\"mode\": \"candidates\", \"oversample\": 101"));
  }

  private static String options(String options) {
    return "{\"g\": {" + TEXT + ", " + options + "}}";
  }

  @Test
  void mistakesGetOneSentence() {
    refused("[influence] needs [prompt] and [completion]", "{\"g\": {}}");
    refused("[influence] needs [prompt] and [completion]", "{\"g\": {\"prompt\": \"p\"}}");
    refused("[influence] needs [prompt] and [completion]", "{\"g\": {\"completion\": \"c\"}}");
    refused("[completion] is empty", "{\"g\": {\"prompt\": \"p\", \"completion\": \"\"}}");
    refused("got several", "{\"g\": {" + TEXT + ", \"vector\": [1]}}");
    refused("got several", "{\"g\": {\"tokens\": \"x\", \"vector\": [1]}}");
    refused(
        "[tokens] must be a text that occurs in [completion], or positions; got [Rome]",
        "{\"g\": {" + TEXT + ", \"tokens\": \"Rome\"}}");
    refused("[tokens] must be a text", "{\"g\": {" + TEXT + ", \"tokens\": \"\"}}");
    refused("[tokens] is empty", "{\"g\": {" + TEXT + ", \"tokens\": []}}");
    refused(
        "[tokens] takes positions of at least 0, got -1",
        "{\"g\": {" + TEXT + ", \"tokens\": [1, -1]}}");
    refused("[tokens] takes a text", "{\"g\": {" + TEXT + ", \"tokens\": 3}}");
    refused(
        "[direction] must be proponents or opponents, got [up]",
        "{\"g\": {" + TEXT + ", \"direction\": \"up\"}}");
    refused("[influence] does not know [promt]", "{\"g\": {\"promt\": \"p\"}}");
    refused("[influence] needs the name of a field", "{}");
    refused("[influence] takes an object for field [g]", "{\"g\": \"text\"}");
    refused(
        "[influence] takes one field and nothing else, found [g] and [h]",
        "{\"g\": {" + TEXT + "}, \"h\": {}}");
    refused("[filter] takes one query", "{\"g\": {" + TEXT + ", \"filter\": []}}");
    refused("[prompt] takes a string", "{\"g\": {\"prompt\": 3}}");
    refused("a vector has 1 to 1048576 numbers, got 0", "{\"g\": {\"vector\": []}}");
    refused("a vector must be finite, number 1", "{\"g\": {\"vector\": [1, 1e39]}}");
    refused("[vector] takes a base64 string or an array", "{\"g\": {\"vector\": 3}}");
    refused("[vector] is a string that is not base64", "{\"g\": {\"vector\": \"!\"}}");
    refused("got 3 bytes", "{\"g\": {\"vector\": \"AAAA\"}}");
  }

  @Test
  void valuesOfTheWrongTypeAreNamed() {
    refused(
        "[tokens] takes positions of at least 0, got START_OBJECT",
        "{\"g\": {" + TEXT + ", \"tokens\": [1, {\"a\": 1}]}}");
    refused(
        "[tokens] takes positions of at least 0, got 1.5",
        "{\"g\": {" + TEXT + ", \"tokens\": [1.5]}}");
    refused(
        "[tokens] takes positions of at least 0, got 4294967296",
        "{\"g\": {" + TEXT + ", \"tokens\": [4294967296]}}");
    for (String wrong : List.of("{}", "[]", "null", "3", "\"x\"")) {
      refused(
          "[ignore_unmapped] takes true or false",
          "{\"g\": {" + TEXT + ", \"ignore_unmapped\": " + wrong + "}}");
    }
    for (String wrong : List.of("{}", "[]", "null", "\"x\"", "1e39", "true")) {
      refused("[boost] takes a number", "{\"g\": {" + TEXT + ", \"boost\": " + wrong + "}}");
    }
  }

  private static void refused(String sentence, String json) {
    Exception thrown = assertThrows(Exception.class, () -> parse(json));
    assertTrue(thrown.getMessage().contains(sentence), thrown::toString);
    assertTrue(
        thrown instanceof IllegalArgumentException
            || thrown instanceof OpenSearchException known
                && known.status() == RestStatus.BAD_REQUEST,
        thrown::toString);
  }

  private static InfluenceQueryBuilder parse(String json) throws IOException {
    NamedXContentRegistry queries =
        new NamedXContentRegistry(
            List.of(
                new NamedXContentRegistry.Entry(
                    QueryBuilder.class,
                    new ParseField(TermQueryBuilder.NAME),
                    parser -> TermQueryBuilder.fromXContent(parser))));
    try (XContentParser parser =
        JsonXContent.jsonXContent.createParser(
            queries, DeprecationHandler.THROW_UNSUPPORTED_OPERATION, json)) {
      parser.nextToken();
      return InfluenceQueryBuilder.fromXContent(
          parser,
          () -> {
            throw new AssertionError("parsing rewrites nothing");
          });
    }
  }
}
