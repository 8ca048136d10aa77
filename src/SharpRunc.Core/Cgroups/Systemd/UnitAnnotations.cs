using System;
using System.Collections.Generic;
using SharpRunc.Core.Spec.Json;
using SharpRunc.Linux.DBus;

namespace SharpRunc.Core.Cgroups.Systemd;

/// <summary>
/// Annotations org.systemd.property.NAME, whose values are GVariant text: properties that the author of the config sets on the unit. A time
/// in seconds, NAMESec, becomes NAMEUSec, which the bus uses.
/// </summary>
internal static class UnitAnnotations
{
    private const string Prefix = "org.systemd.property.";
    private const string Seconds = "Sec", Microseconds = "USec";
    private const int ShortestName = 3;
    private const long Million = 1_000_000;

    public static List<UnitProperty> From(KeyValuePair<string, string>[] annotations)
    {
        List<UnitProperty> properties = [];
        foreach ((string annotation, string text) in annotations)
            if (annotation.StartsWith(Prefix, StringComparison.Ordinal))
                properties.Add(Property(annotation, annotation[Prefix.Length..], text));
        return properties;
    }

    /// <summary>
    /// The annotations that a refusal by systemd is about: the ones whose property it names. If it names none (a value of the wrong type)
    /// it is all of them, because the other properties are the runtime's own and correct.
    /// </summary>
    /// <returns>JSON pointers; empty if the refusal is about something else.</returns>
    public static List<string> PointersOf(KeyValuePair<string, string>[] annotations, string message)
    {
        List<string> named = [], all = [];
        foreach ((string annotation, string text) in annotations)
            if (annotation.StartsWith(Prefix, StringComparison.Ordinal))
            {
                all.Add(PointerTo(annotation));
                if (message.Contains(Property(annotation, annotation[Prefix.Length..], text).Name, StringComparison.Ordinal))
                    named.Add(PointerTo(annotation));
            }
        return named.Count == 0 && message.Contains("Failed to set unit properties", StringComparison.Ordinal) ? all : named;
    }

    private static UnitProperty Property(string annotation, string name, string text)
    {
        if (!IsName(name))
            throw Invalid(annotation, $"{name} is not the name of a property: {ShortestName} letters or more are needed");
        DBusValue value;
        try
        {
            value = GVariantText.Parse(text);
        }
        catch (FormatException e)
        {
            throw new ContainerException(ErrorCode.SystemdValue, $"annotation {annotation}: {text} is not a GVariant: {e.Message}", e)
            {
                Pointer = PointerTo(annotation),
                Hint = "quote text, and give numbers their type: 'mixed', uint64 5000000, true",
            };
        }
        if (!IsInSeconds(name))
            return new(name, value);
        return new(name[..^Seconds.Length] + Microseconds, ToMicroseconds(annotation, value));
    }

    /// <summary>FooSec, but not FooUSec, which is already in microseconds.</summary>
    private static bool IsInSeconds(string name)
        => name.EndsWith(Seconds, StringComparison.Ordinal) && name.Length > Seconds.Length
            && char.IsAsciiLetterLower(name[^(Seconds.Length + 1)]);

    private static ulong ToMicroseconds(string annotation, DBusValue value)
    {
        try
        {
            return value.Signature switch
            {
                "d" => checked((ulong)(value.AsDouble() * Million)),
                "n" or "i" or "x" => checked((ulong)(value.AsInt64() * Million)),
                "q" or "u" or "t" => checked(value.AsUInt64() * Million),
                _ => throw Invalid(annotation, $"{value} is not a number of seconds"),
            };
        }
        catch (OverflowException)
        {
            throw Invalid(annotation, $"{value} seconds are out of range");
        }
    }

    private static bool IsName(string name)
    {
        foreach (char letter in name)
            if (!char.IsAsciiLetter(letter))
                return false;
        return name.Length >= ShortestName;
    }

    private static ContainerException Invalid(string annotation, string why)
        => new(ErrorCode.SystemdValue, $"annotation {annotation}: {why}") { Pointer = PointerTo(annotation) };

    private static string PointerTo(string annotation) => "/annotations/" + JsonPointer.Escape(annotation);
}
