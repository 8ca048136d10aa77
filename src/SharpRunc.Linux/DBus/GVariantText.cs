using System;

namespace SharpRunc.Linux.DBus;

internal static class GVariantText
{
    public static DBusValue Parse(string text) => throw new NotSupportedException(text);
}
