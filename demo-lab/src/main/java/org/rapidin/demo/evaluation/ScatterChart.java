package org.rapidin.demo.evaluation;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** Named points over a logarithmic axis, as SVG; the area of a point is its weight. */
final class ScatterChart {
  private static final int WIDTH = 760;
  private static final int HEIGHT = 440;
  private static final int LEFT = 60;
  private static final int RIGHT = 20;
  private static final int TOP = 20;
  private static final int BOTTOM = 50;
  private static final int LINE = 15;
  private static final double CHARACTER = 6.5;

  private final String across;
  private final String up;
  private final List<Point> points = new ArrayList<>();

  private record Point(String name, double x, double y, double weight) {}

  /**
   * @param across title of the logarithmic axis
   * @param up title of the axis from 0 to 1
   */
  ScatterChart(String across, String up) {
    this.across = across;
    this.up = up;
  }

  /** Adds a point, x more than 0 and y from 0 to 1. */
  void add(String name, double x, double y, double weight) {
    points.add(new Point(name, x, y, weight));
  }

  /** Returns the picture. */
  String svg() {
    StringBuilder svg = new StringBuilder();
    append(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"12\">",
        WIDTH,
        HEIGHT);
    append(svg, "<rect width=\"%d\" height=\"%d\" fill=\"white\"/>", WIDTH, HEIGHT);
    axes(svg);
    List<Label> labels = new ArrayList<>();
    for (Point point : points.stream().sorted(Comparator.comparingDouble(this::top)).toList()) {
      append(
          svg,
          "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\" fill=\"#2a6fb0\" fill-opacity=\"0.5\"/>",
          left(point.x()),
          top(point),
          radius(point));
      Label label = label(point);
      while (labels.stream().anyMatch(label::overlaps)) {
        label = new Label(label.left(), label.width(), label.bottom() + 1);
      }
      labels.add(label);
      append(
          svg,
          "<text x=\"%.1f\" y=\"%.1f\" textLength=\"%.1f\">%s</text>",
          label.left(),
          label.bottom(),
          label.width(),
          point.name());
    }
    return svg.append("</svg>\n").toString();
  }

  /** A line of text. */
  private record Label(double left, double width, double bottom) {
    boolean overlaps(Label other) {
      return left < other.left + other.width
          && other.left < left + width
          && Math.abs(bottom - other.bottom) < LINE;
    }
  }

  /** Returns the label's place next to a point, to its left where there is no room on the right. */
  private Label label(Point point) {
    double width = CHARACTER * point.name().length();
    double right = left(point.x()) + radius(point) + 4;
    boolean fits = right + width < WIDTH - RIGHT;
    double left = fits ? right : left(point.x()) - radius(point) - 4 - width;
    return new Label(left, width, top(point) + 4);
  }

  private void axes(StringBuilder svg) {
    String line =
        "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"#ccc\" stroke-width=\"1\"/>";
    for (int tenth = 0; tenth <= 10; tenth += 2) {
      double y = top(tenth / 10.0);
      append(svg, line, (double) LEFT, y, (double) WIDTH - RIGHT, y);
      append(
          svg,
          "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.1f</text>",
          LEFT - 6,
          y + 4,
          tenth / 10.0);
    }
    for (double x = lowest(); x <= highest() * 1.001; x *= 4) {
      append(svg, line, left(x), (double) TOP, left(x), (double) HEIGHT - BOTTOM);
      append(
          svg,
          "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>",
          left(x),
          HEIGHT - BOTTOM + 18,
          String.format(Locale.ROOT, "%,.0f", x));
    }
    append(
        svg,
        "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s; area: CPU milliseconds per document</text>",
        (LEFT + WIDTH - RIGHT) / 2,
        HEIGHT - 10,
        across);
    append(
        svg,
        "<text transform=\"translate(16 %d) rotate(-90)\" text-anchor=\"middle\">%s</text>",
        (TOP + HEIGHT - BOTTOM) / 2,
        up);
  }

  private double lowest() {
    double least = points.stream().mapToDouble(Point::x).min().orElse(1);
    return Math.pow(2, Math.floor(Math.log(least) / Math.log(2)));
  }

  private double highest() {
    double most = points.stream().mapToDouble(Point::x).max().orElse(1);
    double power = Math.pow(2, Math.ceil(Math.log(most) / Math.log(2)));
    return Math.max(power, 2 * lowest());
  }

  private double left(double x) {
    double share = Math.log(x / lowest()) / Math.log(highest() / lowest());
    return LEFT + share * (WIDTH - LEFT - RIGHT);
  }

  private double top(Point point) {
    return top(point.y());
  }

  private static double top(double y) {
    return TOP + (1 - y) * (HEIGHT - TOP - BOTTOM);
  }

  private double radius(Point point) {
    double most = points.stream().mapToDouble(Point::weight).max().orElse(1);
    return 3 + 15 * Math.sqrt(point.weight() / most);
  }

  private static void append(StringBuilder svg, String format, Object... arguments) {
    svg.append(String.format(Locale.ROOT, format, arguments)).append('\n');
  }
}
