#include "backends/report/report_writing.h"

#include <QDir>
#include <QFileInfo>
#include <QSaveFile>

#include "backends/domain/human_text.h"
#include "backends/domain/markdown_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

using Kind = ReportBlock::Kind;
constexpr int kLongestText = 2000;

QString markdownTable(const ReportBlock& block) {
    const auto row = [](const QStringList& cells) {
        QStringList safe;
        for (const QString& cell : cells) safe << markdownText(cell);
        return u"| %1 |\n"_s.arg(safe.join(u" | "_s));
    };
    QString text = row(block.head) + u"|%1\n"_s.arg(u" --- |"_s.repeated(block.head.size()));
    for (const QStringList& cells : block.rows) text += row(cells);
    return text;
}

QString html(const QString& text) {
    return visibleText(text, kLongestText).toHtmlEscaped();
}

QString htmlTable(const ReportBlock& block) {
    const auto row = [](const QStringList& cells, const QString& tag) {
        QString text;
        for (const QString& cell : cells) text += u"<%1>%2</%1>"_s.arg(tag, html(cell));
        return u"<tr>%1</tr>\n"_s.arg(text);
    };
    QString text = u"<table>\n<thead>"_s + row(block.head, u"th"_s) + u"</thead>\n<tbody>\n"_s;
    for (const QStringList& cells : block.rows) text += row(cells, u"td"_s);
    return text + u"</tbody>\n</table>\n"_s;
}

QString htmlBlock(const ReportBlock& block) {
    switch (block.kind) {
        case Kind::heading:
            return u"<h%1>%2</h%1>\n"_s.arg(QString::number(block.level), html(block.text));
        case Kind::table:
            return htmlTable(block);
        case Kind::chart:
            return u"<figure>%1</figure>\n"_s.arg(QString::fromUtf8(reportChartSvg(block.chart)));
        case Kind::paragraph:
            break;
    }
    return u"<p>%1</p>\n"_s.arg(html(block.text));
}

Outcome<Done> writeWhole(const QString& path, const QByteArray& bytes) {
    QSaveFile file(path);
    if (file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size() && file.commit()) return Done{};
    return Failure{FailureKind::internal,
                   u"%1 could not be written: %2."_s.arg(path, file.errorString()),
                   {},
                   u"Choose a folder that you may write to, with room."_s};
}

Outcome<QStringList> writeMarkdown(const std::vector<ReportBlock>& blocks, const QString& path,
                                   const DrawPicture& draw) {
    const QFileInfo file(path);
    QStringList names, written;
    for (const ReportBlock& block : blocks) {
        if (block.kind != Kind::chart) continue;
        const ReportPicture picture =
            draw ? draw(block.chart) : ReportPicture{reportChartSvg(block.chart), u"svg"_s};
        names << u"%1-%2.%3"_s.arg(file.completeBaseName(), QString::number(names.size() + 1),
                                   picture.suffix);
        written << file.dir().filePath(names.back());
        if (auto done = writeWhole(written.back(), picture.bytes); !done) return done.failure();
    }
    if (auto done = writeWhole(path, reportMarkdown(blocks, names).toUtf8()); !done) return done.failure();
    return QStringList{path} + written;
}

}  // namespace

QString reportMarkdown(const std::vector<ReportBlock>& blocks, const QStringList& pictures) {
    QStringList parts;
    qsizetype picture = 0;
    for (const ReportBlock& block : blocks) {
        switch (block.kind) {
            case Kind::heading:
                parts << u"%1 %2\n"_s.arg(u"#"_s.repeated(block.level), markdownText(block.text));
                break;
            case Kind::table:
                parts << markdownTable(block);
                break;
            case Kind::chart:
                parts << u"![%1](<%2>)\n"_s.arg(markdownText(block.text), pictures.value(picture));
                ++picture;
                break;
            case Kind::paragraph:
                parts << markdownText(block.text) + u'\n';
        }
    }
    return parts.join(u'\n');
}

QString reportHtml(const std::vector<ReportBlock>& blocks) {
    QString text =
        u"<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
        "'unsafe-inline'\"><title>%1</title>\n<style>body{font:15px/1.5 sans-serif;max-width:60rem;"
        "margin:2rem auto;padding:0 1rem;color:#1c232b;background:#fff}table{border-collapse:collapse;"
        "margin:.6rem 0}th,td{text-align:left;vertical-align:top;padding:.25rem .7rem .25rem 0;"
        "border-bottom:1px solid #d9dee4}th{color:#55606c}figure{margin:1rem 0}svg{max-width:100%;"
        "height:auto}</style></head><body>\n"_s.arg(blocks.empty() ? QString() : html(blocks.front().text));
    for (const ReportBlock& block : blocks) text += htmlBlock(block);
    return text + u"</body></html>\n"_s;
}

Outcome<QStringList> writeReport(const IncidentReport& report, const QString& path, const DrawPicture& draw) {
    const std::vector<ReportBlock> blocks = reportBlocks(report);
    if (path.endsWith(u".md"_s, Qt::CaseInsensitive)) return writeMarkdown(blocks, path, draw);
    if (!path.endsWith(u".html"_s, Qt::CaseInsensitive))
        return Failure{
            FailureKind::usage,
            u"A report is written as .html or .md, not as %1."_s.arg(QFileInfo(path).fileName()),
            {},
            u"End the name in .html for one file, or in .md for Markdown with pictures beside it."_s};
    if (auto done = writeWhole(path, reportHtml(blocks).toUtf8()); !done) return done.failure();
    return QStringList{path};
}

}  // namespace spillway
