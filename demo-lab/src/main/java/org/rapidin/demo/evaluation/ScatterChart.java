package org.rapidin.demo.evaluation;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** Named points over a logarithmic axis, as SVG; the area of a point grows with its bytes. */
final class ScatterChart {
  private static final int WIDTH = 760;
  private static final int HEIGHT = 440;
  private static final int LEFT = 60;
  private static final int RIGHT = 20;
  private static final int TOP = 20;
  private static final int BOTTOM = 50;
  private static final int LINE = 15;

  private final String across;
  private final String up;
  private final List<Point> points = new ArrayList<>();

  private record Point(String name, double x, double y, double bytes) {}

  /**
   * @param across title of the logarithmic axis
   * @param up title of the axis from 0 to 1
   */
  ScatterChart(String across, String up) {
    this.across = across;
    this.up = up;
  }

  /** Adds a point, x more than 0 and y from 0 to 1. */
  void add(String name, double x, double y, double bytes) {
    points.add(new Point(name, x, y, bytes));
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
    double lastY = -LINE;
    for (Point point : points.stream().sorted(Comparator.comparingDouble(this::top)).toList()) {
      double y = Math.max(top(point), lastY + LINE); // labels do not overlap
      lastY = y;
      append(
          svg,
          "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\" fill=\"#2a6fb0\" fill-opacity=\"0.5\"/>",
          left(point.x()),
          top(point),
          radius(point));
      boolean before = left(point.x()) > WIDTH * 0.65;
      double x = left(point.x()) + (before ? -1 : 1) * (radius(point) + 6);
      append(
          svg,
          "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>",
          x,
          y + 4,
          before ? "end" : "start",
          point.name());
    }
    return svg.append("</svg>\n").toString();
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
    for (double x = lowest(); x <= highest() * 1.001; x *= 2) {
      append(svg, line, left(x), (double) TOP, left(x), (double) HEIGHT - BOTTOM);
      append(
          svg,
          "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>",
          left(x),
          HEIGHT - BOTTOM + 18,
          x < 1 ? String.format(Locale.ROOT, "%.2g", x) : String.format(Locale.ROOT, "%.0f", x));
    }
    append(
        svg,
        "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s; area: bytes per document</text>",
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
    double most = points.stream().mapToDouble(Point::bytes).max().orElse(1);
    return 3 + 15 * Math.sqrt(point.bytes() / most);
  }

  private static void append(StringBuilder svg, String format, Object... arguments) {
    svg.append(String.format(Locale.ROOT, format, arguments)).append('\n');
  }
}
