package org.rapidin.plugin.explain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.List;
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

class InfluenceExtBuilderTests {
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void travelsUnchanged(boolean tokens) throws IOException {
    InfluenceExtBuilder ext = new InfluenceExtBuilder(tokens);
    BytesStreamOutput out = new BytesStreamOutput();
    ext.writeTo(out);
    assertEquals(ext, new InfluenceExtBuilder(out.bytes().streamInput()));
    assertEquals(
        tokens, InfluenceExtBuilder.wantsTokens(new SearchSourceBuilder().ext(List.of(ext))));
  }

  @Test
  void isReadAsItIsWritten() throws IOException {
    assertEquals(new InfluenceExtBuilder(true), parse("{\"tokens\": true}"));
    assertEquals(new InfluenceExtBuilder(false), parse("{}"));
    assertEquals(
        "{\"influence\":{\"tokens\":true}}",
        Strings.toString(MediaTypeRegistry.JSON, new InfluenceExtBuilder(true)));
  }

  @Test
  void unknownKeysAreNamed() {
    ParsingException thrown =
        assertThrows(ParsingException.class, () -> parse("{\"token\": true}"));
    assertEquals("[ext.influence] does not know [token]; it takes tokens", thrown.getMessage());
    assertThrows(ParsingException.class, () -> parse("true"));
    for (String wrong : List.of("{}", "[true]", "null", "1")) {
      assertThrows(ParsingException.class, () -> parse("{\"tokens\": " + wrong + "}"));
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
