package org.rapidin.plugin.query;

import static org.rapidin.plugin.query.InfluenceQueryParserTests.TEXT;
import static org.rapidin.plugin.query.InfluenceQueryParserTests.refused;

import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Mistakes in queries are named in one sentence. */
class InfluenceQueryMistakesTests {
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
        "[tokens] must be a text that occurs in [completion], or positions; got a text of 4 characters",
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
}
