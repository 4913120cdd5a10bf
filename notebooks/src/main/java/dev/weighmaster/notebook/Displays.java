package dev.weighmaster.notebook;

import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;
import java.util.List;
import javax.imageio.ImageIO;
import org.knowm.xchart.internal.chartpart.Chart;
import org.rapaio.jupyter.kernel.display.DisplayData;
import org.rapaio.jupyter.kernel.display.DisplayRenderer;
import org.rapaio.jupyter.kernel.display.DisplayTransformer;
import org.rapaio.jupyter.kernel.display.spi.DisplayProvider;

/** How the kernel shows rows, plots and text: found by the kernel as a service. */
public final class Displays implements DisplayProvider {
  /** So that text is sharp on dense screens, too. */
  private static final int PIXELS_PER_POINT = 2;

  @Override
  public List<DisplayRenderer> getDisplayRenderers() {
    return List.of(new OfRows(), new OfChart(), new OfText());
  }

  @Override
  public List<DisplayTransformer> getDisplayTransformers() {
    return List.of();
  }

  private static final class OfRows implements DisplayRenderer {
    @Override
    public Class<?> rendererClass() {
      return Rows.class;
    }

    @Override
    public boolean canRender(String mimeType) {
      return true;
    }

    @Override
    public DisplayData render(String mimeType, Object rows) {
      DisplayData data = DisplayData.fromHtml(((Rows) rows).html());
      data.putText(rows.toString());
      return data;
    }
  }

  private static final class OfChart implements DisplayRenderer {
    @Override
    public Class<?> rendererClass() {
      return Chart.class;
    }

    @Override
    public boolean canRender(String mimeType) {
      return true;
    }

    @Override
    public DisplayData render(String mimeType, Object chart) {
      Chart<?, ?> plot = (Chart<?, ?>) chart;
      DisplayData data =
          DisplayData.withType("image/png", Base64.getEncoder().encodeToString(png(plot)));
      // Jupyter takes it for the picture's alternative text.
      data.putText("Plot: " + plot.getTitle());
      data.putMetaData("image/png", new Size(plot.getWidth(), plot.getHeight()));
      return data;
    }

    private static byte[] png(Chart<?, ?> chart) {
      BufferedImage image =
          new BufferedImage(
              chart.getWidth() * PIXELS_PER_POINT,
              chart.getHeight() * PIXELS_PER_POINT,
              BufferedImage.TYPE_INT_RGB);
      Graphics2D graphics = image.createGraphics();
      graphics.setRenderingHint(
          RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
      graphics.scale(PIXELS_PER_POINT, PIXELS_PER_POINT);
      chart.paint(graphics, chart.getWidth(), chart.getHeight());
      graphics.dispose();
      try (ByteArrayOutputStream png = new ByteArrayOutputStream()) {
        ImageIO.write(image, "png", png);
        return png.toByteArray();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    /** What Jupyter reads off: the size to show the picture at, in points. */
    private record Size(int width, int height) {}
  }

  /**
   * Everything else is text, unless asked for otherwise: the kernel by itself takes it for HTML.
   */
  private static final class OfText implements DisplayRenderer {
    @Override
    public Class<?> rendererClass() {
      return Object.class;
    }

    @Override
    public boolean canRender(String mimeType) {
      // Who names a type means it.
      return mimeType == null;
    }

    @Override
    public DisplayData render(String mimeType, Object value) {
      return DisplayData.fromText(Shown.text(String.valueOf(value)));
    }
  }
}
