package org.rapidin.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.rapidin.attribution.AttributorSpecFormat;

class DemoAttributorTests {

  @Test
  void isWhatTheOperatorsFileSays() throws IOException {
    Path file = Path.of("..", "config", "attributors", "demo.json");
    Map<String, Object> json =
        new ObjectMapper().readValue(file.toFile(), new TypeReference<Map<String, Object>>() {});
    assertEquals(DemoAttributor.spec(), AttributorSpecFormat.fromMap(json));
  }
}
