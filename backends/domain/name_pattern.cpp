#include "backends/domain/name_pattern.h"

namespace spillway {
namespace {

// In Qt's wildcards a * ends at a slash; queues are no files.
QString slashless(QString text) {
    return text.replace(u'/', QChar(u'\x1f'));
}

}  // namespace

NamePattern::NamePattern(const QString& pattern)
    : m_expression(QRegularExpression::wildcardToRegularExpression(slashless(pattern))) {}

bool NamePattern::fits(const QString& name) const {
    return m_expression.match(slashless(name)).hasMatch();
}

}  // namespace spillway
