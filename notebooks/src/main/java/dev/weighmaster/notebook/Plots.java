package dev.weighmaster.notebook;

import java.awt.Color;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.style.Styler;

/** Plots that several notebooks draw. Sizes are points; a notebook may change what is returned. */
public final class Plots {
  /** Of Okabe and Ito's colours, told apart by those who see fewer, in print and by lightness. */
  private static final Map<String, Color> VERDICTS = new LinkedHashMap<>();

  private static final Color SINGLE = new Color(0x0072B2);
  private static final int WIDTH = 860;
  private static final int HEIGHT = 380;
  private static final int STEEP_LABELS = 120;

  /** So many labels stand side by side; more are written upwards. */
  private static final int SIDE_BY_SIDE = 4;

  static {
    VERDICTS.put("VERIFIED", new Color(0x56B4E9));
    VERDICTS.put("UNVERIFIED", new Color(0xF0E442));
    VERDICTS.put("BROKEN", new Color(0xD55E00));
    VERDICTS.put("ERROR", new Color(0x000000));
  }

  private Plots() {}

  /**
   * Stacked bars of quantizations by verdict.
   *
   * @param rows with a column of counts for each verdict, named as it
   * @param category the column that names the bars
   */
  public static CategoryChart verdicts(String title, Rows rows, String category, String axis) {
    CategoryChart chart = chart(title, axis, "quantizations", rows);
    chart.getStyler().setStacked(true);
    chart.getStyler().setLegendPosition(Styler.LegendPosition.OutsideE);
    List<String> names = categories(rows, category);
    VERDICTS.forEach(
        (verdict, color) -> {
          List<Double> counts = rows.size() == 0 ? List.of(0.0) : rows.numbers(verdict);
          chart.addSeries(verdict, names, counts).setFillColor(color);
        });
    return chart;
  }

  /**
   * Bars of one column of numbers.
   *
   * @param unit of the numbers, the title of their axis
   */
  public static CategoryChart bars(
      String title, Rows rows, String category, String axis, String numbers, String unit) {
    CategoryChart chart = chart(title, axis, unit, rows);
    chart.getStyler().setLegendVisible(false);
    chart.getStyler().setLabelsVisible(true);
    List<String> names = categories(rows, category);
    List<Double> values = rows.size() == 0 ? List.of(0.0) : rows.numbers(numbers);
    chart.addSeries(unit, names, values).setFillColor(SINGLE);
    return chart;
  }

  private static CategoryChart chart(String title, String axis, String unit, Rows rows) {
    boolean steep = rows.size() > SIDE_BY_SIDE;
    CategoryChart chart =
        new CategoryChartBuilder()
            .width(WIDTH)
            .height(steep ? HEIGHT + STEEP_LABELS : HEIGHT)
            .title(title)
            .xAxisTitle(axis)
            .yAxisTitle(unit)
            .build();
    chart
        .getStyler()
        .setChartBackgroundColor(Color.WHITE)
        .setChartTitleBoxVisible(false)
        .setPlotBorderVisible(false);
    chart.getStyler().setAvailableSpaceFill(0.6).setPlotGridVerticalLinesVisible(false);
    if (steep) {
      chart.getStyler().setXAxisLabelRotation(45);
    }
    return chart;
  }

  private static List<String> categories(Rows rows, String column) {
    return rows.size() == 0 ? List.of("(none)") : rows.labels(column);
  }
}
