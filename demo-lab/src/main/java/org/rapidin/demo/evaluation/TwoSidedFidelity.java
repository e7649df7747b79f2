package org.rapidin.demo.evaluation;

import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.rapidin.attribution.compression.Block;
import org.rapidin.attribution.compression.Compression;
import org.rapidin.attribution.compression.GradientLayout;
import org.rapidin.attribution.compression.Identity;
import org.rapidin.attribution.compression.Logra;
import org.rapidin.attribution.compression.Modules;
import org.rapidin.attribution.compression.TrackStar;
import org.rapidin.attribution.model.ModelCheck;
import org.rapidin.attribution.model.file.ModelDirectory;
import org.rapidin.attribution.ranking.Rankings;
import org.rapidin.demo.DemoAttributor;

/** The fidelity of methods that project linear layers' gradients on both sides. */
final class TwoSidedFidelity {
  private static final int EPOCH = DemoAttributor.EPOCHS.getLast();

  /** Texts whose errors are compared with the theory, which takes products of matrices. */
  private static final int DOCUMENTS = 40;

  private static final int QUESTIONS = 8;

  private final Laboratory lab;
  private final DemoSet set;
  private final AttributorMethod exact = Methods.linear(new Identity(0), EPOCH);

  TwoSidedFidelity(Laboratory lab, DemoSet set) {
    this.lab = lab;
    this.set = set;
  }

  /** Returns a table. */
  String text() throws IOException, InterruptedException, ExecutionException {
    List<Laboratory.Wanted> wanted = new ArrayList<>();
    wanted.add(new Laboratory.Wanted(set, exact));
    for (int repeat = 0; repeat < lab.size().repeats(); repeat++) {
      for (Compression compression : compressions(Methods.SEED + 1 + repeat)) {
        wanted.add(new Laboratory.Wanted(set, Methods.linear(compression, EPOCH)));
      }
    }
    lab.prepare(wanted);
    double[] variances = variances(compressions(0));
    double[][] right = lab.gram(set, exact).whole();
    MarkdownTable table =
        new MarkdownTable(List.of("error / theory", "Spearman per query, of cosines"));
    for (int repeat = 0; repeat < lab.size().repeats(); repeat++) {
      List<Compression> compressions = compressions(Methods.SEED + 1 + repeat);
      for (int i = 0; i < variances.length; i++) {
        GramMatrix gram = lab.gram(set, Methods.linear(compressions.get(i), EPOCH));
        double[][] estimated = gram.whole();
        table.add(
            "%s, K = %s".formatted(name(compressions.get(i)), gram.dimension()),
            Math.sqrt(squaredErrors(right, estimated) / variances[i]),
            spearman(right, estimated));
      }
    }
    return table.text();
  }

  private static List<Compression> compressions(long seed) {
    return List.of(
        new Logra(16, Modules.ALL, seed, 0),
        new Logra(32, Modules.ALL, seed, 0),
        new Logra(64, Modules.ALL, seed, 0),
        Methods.trackStar(1 << 14, false, false, seed),
        Methods.trackStar(1 << 16, false, false, seed));
  }

  private static String name(Compression compression) {
    return switch (compression) {
      case Logra logra -> "logra, rank " + logra.rank();
      case TrackStar trackStar ->
          "trackstar 2^" + Integer.numberOfTrailingZeros(trackStar.dimension());
      default -> compression.method();
    };
  }

  /** Sums the variances of the compared pairs, for each compression. */
  private double[] variances(List<Compression> compressions) throws IOException {
    GradientLayout layout =
        ModelCheck.gradients(
            ModelDirectory.open(set.files().models(), DemoAttributor.MODEL), exact.spec());
    DemoSet some = set.begin(DOCUMENTS, QUESTIONS);
    float[][] vectors = lab.vectors(some, exact);
    List<TwoSidedError> theories =
        compressions.stream().map(one -> new TwoSidedError(layout, blocks(one, layout))).toList();
    double[] sums = new double[compressions.size()];
    try (NDManager manager = lab.runtime().newManager()) {
      for (int question = some.documents().size(); question < vectors.length; question++) {
        for (int document = 0; document < some.documents().size(); document++) {
          List<TwoSidedError.Sums> layers =
              TwoSidedError.Sums.of(manager, layout, vectors[question], vectors[document]);
          for (int i = 0; i < sums.length; i++) {
            sums[i] += theories.get(i).variance(layers);
          }
        }
      }
    }
    return sums;
  }

  private static List<Block> blocks(Compression compression, GradientLayout layout) {
    return switch (compression) {
      case Logra logra -> logra.blocks(layout);
      case TrackStar trackStar -> trackStar.blocks(layout);
      default -> throw new IllegalArgumentException(compression.method());
    };
  }

  /** Sums the squared errors of the pairs of {@link #variances}. */
  private double squaredErrors(double[][] right, double[][] estimated) {
    int documents = set.documents().size();
    int questions = Math.min(QUESTIONS, set.questions().size());
    double squares = 0;
    for (int question = documents; question < documents + questions; question++) {
      for (int document = 0; document < Math.min(DOCUMENTS, documents); document++) {
        double error = estimated[question][document] - right[question][document];
        squares += error * error;
      }
    }
    return squares;
  }

  private double spearman(double[][] right, double[][] estimated) {
    int documents = set.documents().size();
    Influences of = new Influences(right, documents, 0);
    Influences stored = new Influences(estimated, documents, 0);
    double sum = 0;
    for (int text = documents; text < right.length; text++) {
      sum += Rankings.spearman(of.perNorm(of.of(text)), stored.perNorm(stored.of(text)));
    }
    return sum / (right.length - documents);
  }
}
