package org.rapidin.plugin.attributor;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.rapidin.attribution.compression.RapidGrad;
import org.rapidin.attribution.compression.VectorPart;
import org.rapidin.plugin.wire.NextVersion;

/** What a node says about a model is read as it was written, also what the next version says. */
class ModelReportTests {
  static List<ModelReport> reports() {
    return List.of(
        new ModelReport.Absent(),
        new ModelReport.Broken("[config.json] is empty"),
        new ModelReport.Usable("print", 7, Optional.empty(), List.of()),
        new ModelReport.Usable(
            "print",
            7,
            Optional.of(new RapidGrad(256, 42)),
            List.of(new VectorPart("a", 3), new VectorPart("b", 1))));
  }

  @ParameterizedTest
  @MethodSource("reports")
  void reportsAreReadAsTheyWereWritten(ModelReport report) throws IOException {
    NextVersion.assertIsRead(report, 0, ModelReport::read);
  }
}
