package org.rapidin.plugin.explain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.opensearch.common.io.stream.BytesStreamOutput;
import org.opensearch.common.xcontent.json.JsonXContent;
import org.opensearch.core.common.ParsingException;
import org.opensearch.core.common.Strings;
import org.opensearch.core.xcontent.DeprecationHandler;
import org.opensearch.core.xcontent.MediaTypeRegistry;
import org.opensearch.core.xcontent.NamedXContentRegistry;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.rapidin.plugin.wire.VersionedBody;

class InfluenceExtBuilderTests {
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void travelsUnchanged(boolean tokens) throws IOException {
    InfluenceExtBuilder ext = new InfluenceExtBuilder(tokens, tokens ? 3 : 0, false);
    BytesStreamOutput out = new BytesStreamOutput();
    ext.writeTo(out);
    assertEquals(ext, InfluenceExtBuilder.read(out.bytes().streamInput()));
    SearchSourceBuilder source = new SearchSourceBuilder().ext(List.of(ext));
    assertEquals(tokens, InfluenceExtBuilder.wantsTokens(source));
    assertEquals(tokens ? 3 : 0, InfluenceExtBuilder.trainingTokens(source));
    assertEquals(0, InfluenceExtBuilder.trainingTokens((SearchSourceBuilder) null));
  }

  @Test
  void version1HasNoTrainingTokens() throws IOException {
    BytesStreamOutput out = new BytesStreamOutput();
    VersionedBody.write(out, 1, body -> body.writeBoolean(true));
    assertEquals(
        new InfluenceExtBuilder(true, 0, false),
        InfluenceExtBuilder.read(out.bytes().streamInput()));
  }

  @Test
  void isReadAsItIsWritten() throws IOException {
    assertEquals(new InfluenceExtBuilder(true, 0, false), parse("{\"tokens\": true}"));
    assertEquals(new InfluenceExtBuilder(false, 0, false), parse("{}"));
    assertEquals(
        "{\"influence\":{\"tokens\":true}}",
        Strings.toString(MediaTypeRegistry.JSON, new InfluenceExtBuilder(true, 0, false)));
    String both = "{\"tokens\":false,\"training_tokens\":10}";
    assertEquals(new InfluenceExtBuilder(false, 10, false), parse(both));
    assertEquals(
        "{\"influence\":" + both + "}",
        Strings.toString(MediaTypeRegistry.JSON, new InfluenceExtBuilder(false, 10, false)));
  }

  @Test
  void theCalibrationIsReadAsItIsWritten() throws IOException {
    for (String background : new String[] {null, "id"}) {
      InfluenceExtBuilder ext =
          new InfluenceExtBuilder(
              false,
              0,
              false,
              Optional.of(new InfluenceExtBuilder.Calibration(background)),
              Granularity.TOKEN);
      BytesStreamOutput out = new BytesStreamOutput();
      ext.writeTo(out);
      assertEquals(ext, InfluenceExtBuilder.read(out.bytes().streamInput()));
      String json = background == null ? "{}" : "{\"background\":\"id\"}";
      assertEquals(ext, parse("{\"calibration\":" + json + "}"));
      assertEquals(
          "{\"influence\":{\"tokens\":false,\"calibration\":" + json + "}}",
          Strings.toString(MediaTypeRegistry.JSON, ext));
      assertEquals(background == null, ext.equals(parse("{\"calibration\":true}")));
    }
    assertEquals(new InfluenceExtBuilder(false, 0, false), parse("{\"calibration\":false}"));
    for (String wrong : List.of("1", "[]", "null", "{\"background\":1}", "{\"seed\":\"id\"}")) {
      assertThrows(ParsingException.class, () -> parse("{\"calibration\":" + wrong + "}"));
    }
  }

  @Test
  void theGranularityIsReadAsItIsWritten() throws IOException {
    InfluenceExtBuilder words =
        new InfluenceExtBuilder(true, 2, false, Optional.empty(), Granularity.WORD);
    BytesStreamOutput out = new BytesStreamOutput();
    words.writeTo(out);
    assertEquals(words, InfluenceExtBuilder.read(out.bytes().streamInput()));
    String json = "{\"tokens\":true,\"training_tokens\":2,\"granularity\":\"word\"}";
    assertEquals(words, parse(json));
    assertEquals("{\"influence\":" + json + "}", Strings.toString(MediaTypeRegistry.JSON, words));
    assertEquals(new InfluenceExtBuilder(true, 2, false), parse(json.replace("word", "token")));
    for (String wrong : List.of("\"Word\"", "\"sentence\"", "1", "null", "{}")) {
      IllegalArgumentException refused =
          assertThrows(
              IllegalArgumentException.class, () -> parse(json.replace("\"word\"", wrong)));
      assertTrue(
          refused.getMessage().startsWith("[granularity] must be [token] or [word], got ["),
          refused.getMessage());
    }
    assertEquals(
        "[ext.influence.granularity] is for tokens and training_tokens: ask for one of them",
        assertThrows(IllegalArgumentException.class, () -> parse("{\"granularity\":\"word\"}"))
            .getMessage());
  }

  @Test
  void unknownKeysAreNamed() {
    ParsingException thrown =
        assertThrows(ParsingException.class, () -> parse("{\"token\": true}"));
    assertEquals(
        "[ext.influence] does not know [token]; it takes tokens, training_tokens, granularity, modules and calibration",
        thrown.getMessage());
    assertThrows(ParsingException.class, () -> parse("true"));
    for (String wrong : List.of("{}", "[true]", "null", "1")) {
      assertThrows(ParsingException.class, () -> parse("{\"tokens\": " + wrong + "}"));
    }
    for (String wrong : List.of("true", "[1]", "null", "{}")) {
      assertThrows(ParsingException.class, () -> parse("{\"training_tokens\": " + wrong + "}"));
    }
    for (int wrong : new int[] {-1, 11}) {
      assertThrows(
          IllegalArgumentException.class, () -> parse("{\"training_tokens\": " + wrong + "}"));
    }
  }

  private static InfluenceExtBuilder parse(String json) throws IOException {
    try (XContentParser parser =
        JsonXContent.jsonXContent.createParser(
            NamedXContentRegistry.EMPTY, DeprecationHandler.THROW_UNSUPPORTED_OPERATION, json)) {
      parser.nextToken();
      return InfluenceExtBuilder.fromXContent(parser);
    }
  }
}
