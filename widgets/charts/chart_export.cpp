// How a TimeChart leaves the window: as a picture with its caption, and as values.
#include <QBuffer>
#include <QDateTime>
#include <QFileDialog>
#include <QMessageBox>
#include <QSaveFile>
#include <QSvgGenerator>
#include <algorithm>
#include <cmath>

#include "backends/domain/display_zone.h"
#include "backends/domain/human_text.h"
#include "widgets/charts/time_chart.h"
#include "widgets/charts/time_plot.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr int kMargin = 14;
constexpr int kLongestPart = 40;  // of a file's name

struct CaptionFonts {
    QFont name, verdict, legend;
    [[nodiscard]] int height() const {
        int sum = kMargin + 8;
        for (const QFont& font : {name, verdict, legend}) sum += QFontMetrics(font).height();
        return sum;
    }
};

CaptionFonts captionFonts() {
    CaptionFonts fonts{QApplication::font(), QApplication::font(), QApplication::font()};
    fonts.name.setWeight(QFont::DemiBold);
    fonts.verdict.setWeight(QFont::DemiBold);
    fonts.verdict.setPointSizeF(fonts.verdict.pointSizeF() * 1.3);
    return fonts;
}

// Name and subject at the left, times at the right; the verdict; the legend in its colours.
class CaptionPainter {
public:
    CaptionPainter(QPainter& painter, int width) : m_painter(painter), m_width(width - 2 * kMargin) {}

    void line(const QFont& font, const QString& text, const QString& right, const QColor& color) {
        const QFontMetrics metrics = begin(font);
        const int taken = right.isEmpty() ? 0 : metrics.horizontalAdvance(right) + kMargin;
        m_painter.setPen(color);
        m_painter.drawText(QRect(kMargin, m_top, m_width, metrics.height()), Qt::AlignRight, right);
        draw(metrics, kMargin, m_width - taken, text);
        m_top += metrics.height() + 2;
    }
    void words(const QFont& font, const std::vector<std::pair<QString, QColor>>& all) {
        const QFontMetrics metrics = begin(font);
        int left = kMargin;
        for (const auto& [text, color] : all) {
            m_painter.setPen(color);
            left += draw(metrics, left, m_width + kMargin - left, text) + kMargin;
        }
    }

private:
    QFontMetrics begin(const QFont& font) {
        m_painter.setFont(font);
        return QFontMetrics(font);
    }
    int draw(const QFontMetrics& metrics, int left, int room, const QString& text) {
        const QString shown = metrics.elidedText(visibleText(text, 300), Qt::ElideRight, std::max(0, room));
        m_painter.drawText(QRect(left, m_top, room, metrics.height()), Qt::AlignLeft, shown);
        return metrics.horizontalAdvance(shown);
    }

    QPainter& m_painter;
    int m_width, m_top = kMargin / 2;
};

QString subjectText(const ChartCaption& caption) {
    QStringList parts{caption.name, caption.queue, caption.system, caption.connection};
    parts.removeAll(QString());
    return parts.join(u" · "_s);
}

// Letters and digits stay; what a file system or a shell could stumble over becomes '-'.
QString filePart(const QString& text) {
    QString part;
    for (const QChar c : text.left(kLongestPart)) part += c.isLetterOrNumber() || c == u'_' ? c : QChar(u'-');
    return part;
}

}  // namespace

QString TimeChart::rangeText() const {
    const auto [from, to] = m_view.visible();
    const auto local = [](double at) { return displayTime(serverTimeFromSeconds(at)); };
    const QDateTime begin = local(from), end = local(to);
    const QString format = begin.date() == end.date() ? u"HH:mm:ss t"_s : u"d MMM yyyy HH:mm:ss t"_s;
    return u"%1 – %2"_s.arg(begin.toString(u"d MMM yyyy HH:mm:ss"_s), end.toString(format));
}

QString TimeChart::fileName() const {
    QStringList parts{m_fileName, filePart(m_caption.queue), filePart(m_caption.connection)};
    const double end = m_view.visible().second;
    parts << displayTime(serverTimeFromSeconds(end)).toString(u"yyyyMMdd-HHmmss"_s);
    parts.removeAll(QString());
    return parts.join(u'-');
}

void TimeChart::paintPicture(QPaintDevice& device, const QSize& size) const {
    const ThemeTokens& tokens = currentTokens();
    const CaptionFonts fonts = captionFonts();
    QCPPainter painter(&device);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.fillRect(QRect({0, 0}, size), tokens.panel);
    CaptionPainter caption(painter, size.width());
    caption.line(fonts.name, subjectText(m_caption), rangeText(), tokens.text);
    caption.line(fonts.verdict, m_caption.verdict, {}, tokens.text);
    caption.words(fonts.legend, m_caption.legend);
    painter.translate(0, fonts.height());
    m_plot->widget()->toPainter(&painter, size.width(), size.height() - fonts.height());
}

QPixmap TimeChart::picture() const {
    constexpr double kSharpness = 2;
    const QSize size = m_plot->widget()->size() + QSize(0, captionFonts().height());
    QPixmap pixmap(size * kSharpness);
    pixmap.setDevicePixelRatio(kSharpness);
    paintPicture(pixmap, size);
    return pixmap;
}

QByteArray TimeChart::svg() const {
    const QSize size = m_plot->widget()->size() + QSize(0, captionFonts().height());
    QBuffer buffer;
    QSvgGenerator generator;
    generator.setOutputDevice(&buffer);
    generator.setSize(size);
    generator.setViewBox(QRect({0, 0}, size));
    generator.setTitle(u"%1, %2"_s.arg(subjectText(m_caption), rangeText()));
    generator.setDescription(m_caption.verdict);
    paintPicture(generator, size);
    return buffer.data();
}

QString TimeChart::saveTo(const QString& path) const {
    QByteArray bytes;
    if (path.endsWith(u".svg"_s)) {
        bytes = svg();
    } else if (path.endsWith(u".csv"_s)) {
        bytes = visibleCsv().toUtf8();
    } else {
        QBuffer buffer(&bytes);
        buffer.open(QIODevice::WriteOnly);
        if (!picture().save(&buffer, "PNG")) return u"the picture could not be made"_s;
    }
    QSaveFile file(path);
    const bool written =
        file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size() && file.commit();
    return written ? QString() : file.errorString();
}

void TimeChart::saveAs(const QString& filter, const QString& ending) {
    QString path = QFileDialog::getSaveFileName(this, u"Save chart"_s, fileName() + ending, filter);
    if (path.isEmpty()) return;
    if (!path.endsWith(ending)) path += ending;
    const QString why = saveTo(path);
    if (why.isEmpty()) return;
    QMessageBox box(QMessageBox::Warning, u"Save chart"_s, {}, QMessageBox::Ok, this);
    box.setTextFormat(Qt::PlainText);
    box.setText(u"The chart could not be saved: %1. Choose a folder that you may write to."_s.arg(
        visibleText(why, 300)));
    box.exec();
}

}  // namespace spillway
