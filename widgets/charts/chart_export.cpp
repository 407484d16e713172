// How a TimeChart leaves the window: as a picture with its caption, and as values.
#include <QBuffer>
#include <QFileDialog>
#include <QMessageBox>
#include <QSaveFile>
#include <QSvgGenerator>

#include "backends/domain/human_text.h"
#include "widgets/charts/time_chart.h"
#include "widgets/charts/time_plot.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr int kMargin = 14;

struct Caption {
    QFont name, verdict;
    int height;
};

Caption captionOf() {
    QFont name = QApplication::font();
    name.setWeight(QFont::DemiBold);
    QFont verdict = name;
    verdict.setPointSizeF(name.pointSizeF() * 1.3);
    return {name, verdict, kMargin + QFontMetrics(name).height() + QFontMetrics(verdict).height() + 6};
}

}  // namespace

void TimeChart::paintPicture(QPaintDevice& device, const QSize& size) const {
    const ThemeTokens& tokens = currentTokens();
    const Caption caption = captionOf();
    QCPPainter painter(&device);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.fillRect(QRect({0, 0}, size), tokens.panel);
    painter.setPen(tokens.text);
    const auto line = [&](const QFont& font, int top, const QString& text) {
        painter.setFont(font);
        const QFontMetrics metrics(font);
        const int width = size.width() - 2 * kMargin;
        painter.drawText(QRect(kMargin, top, width, metrics.height()), Qt::AlignLeft | Qt::AlignVCenter,
                         metrics.elidedText(visibleText(text, 300), Qt::ElideRight, width));
        return top + metrics.height() + 2;
    };
    line(caption.verdict, line(caption.name, kMargin / 2, m_name), m_verdict);
    painter.translate(0, caption.height);
    m_plot->widget()->toPainter(&painter, size.width(), size.height() - caption.height);
}

QPixmap TimeChart::picture() const {
    constexpr double kSharpness = 2;
    const QSize size = m_plot->widget()->size() + QSize(0, captionOf().height);
    QPixmap pixmap(size * kSharpness);
    pixmap.setDevicePixelRatio(kSharpness);
    paintPicture(pixmap, size);
    return pixmap;
}

QByteArray TimeChart::svg() const {
    const QSize size = m_plot->widget()->size() + QSize(0, captionOf().height);
    QBuffer buffer;
    QSvgGenerator generator;
    generator.setOutputDevice(&buffer);
    generator.setSize(size);
    generator.setViewBox(QRect({0, 0}, size));
    generator.setTitle(m_name);
    generator.setDescription(m_verdict);
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
    QString path = QFileDialog::getSaveFileName(this, u"Save chart"_s, m_fileName + ending, filter);
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
