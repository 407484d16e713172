// Small readers over toml++ that answer in Qt types. For .cpp files only.
#pragma once

#include <toml++/toml.h>
#include <QByteArray>
#include <QString>
#include <QStringList>

namespace spillway {

inline QString tomlText(const toml::node_view<const toml::node>& node, const QString& fallback = {}) {
    const auto value = node.value<std::string>();
    return value ? QString::fromStdString(*value) : fallback;
}

// An array of strings, or one string as a list of one. Other elements are left out.
inline QStringList tomlList(const toml::node_view<const toml::node>& node) {
    if (const auto one = node.value<std::string>()) return {QString::fromStdString(*one)};
    QStringList list;
    if (const auto* array = node.as_array())
        for (const auto& element : *array)
            if (const auto text = element.value<std::string>()) list << QString::fromStdString(*text);
    return list;
}

}  // namespace spillway
