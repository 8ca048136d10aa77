using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using System.Text.Json;
using SharpRunc.Core.Spec;
using SharpRunc.Core.Spec.Json;
using SharpRunc.Linux;

namespace SharpRunc.Core.State;

/// <summary>
/// state.json. Its first member is the format's version. A directory of another runtime has none and is left alone, a newer format is
/// refused, and later versions of ours still read this one (unknown members are skipped).
/// </summary>
internal static class StateFile
{
    public const string Name = "state.json";

    private const int Version = 1;

    // One row per member: its name, and how it is written and read.
    private static readonly (string Name, Action<JsonText, ContainerState> Write, Reader Read)[] Members =
    [
        ("id", (w, s) => w.Value(s.Id),
            (ref Utf8JsonReader r, ContainerState s) => s.Id = Text(ref r)),
        ("phase", (w, s) => w.Value(s.Phase == Phase.Created ? "created" : "creating"),
            (ref Utf8JsonReader r, ContainerState s) => s.Phase = Text(ref r) == "created" ? Phase.Created : Phase.Creating),
        ("runtimePid", (w, s) => w.Value(s.RuntimePid),
            (ref Utf8JsonReader r, ContainerState s) => s.RuntimePid = r.GetInt32()),
        ("runtimeStartTime", (w, s) => w.Value(s.RuntimeStartTime),
            (ref Utf8JsonReader r, ContainerState s) => s.RuntimeStartTime = r.GetUInt64()),
        ("initPid", (w, s) => w.Value(s.InitPid),
            (ref Utf8JsonReader r, ContainerState s) => s.InitPid = r.GetInt32()),
        ("initStartTime", (w, s) => w.Value(s.InitStartTime),
            (ref Utf8JsonReader r, ContainerState s) => s.InitStartTime = r.GetUInt64()),
        ("created", (w, s) => w.Value(s.Created),
            (ref Utf8JsonReader r, ContainerState s) => s.Created = r.GetInt64()),
        ("bundle", (w, s) => w.Value(s.Bundle),
            (ref Utf8JsonReader r, ContainerState s) => s.Bundle = Text(ref r)),
        ("rootfs", (w, s) => w.Value(s.Rootfs),
            (ref Utf8JsonReader r, ContainerState s) => s.Rootfs = Text(ref r)),
        ("ociVersion", (w, s) => w.Value(s.OciVersion),
            (ref Utf8JsonReader r, ContainerState s) => s.OciVersion = Text(ref r)),
        ("annotations", (w, s) => WritePairs(w, s.Annotations),
            (ref Utf8JsonReader r, ContainerState s) => s.Annotations = ReadPairs(ref r)),
        ("cgroupPaths", (w, s) => WritePairs(w, s.CgroupPaths),
            (ref Utf8JsonReader r, ContainerState s) => s.CgroupPaths = ReadPairs(ref r)),
        ("cgroupNames", (w, s) => WriteStrings(w, s.CgroupNames),
            (ref Utf8JsonReader r, ContainerState s) => s.CgroupNames = ReadStrings(ref r)),
        ("poststart", (w, s) => WriteHooks(w, s.Poststart),
            (ref Utf8JsonReader r, ContainerState s) => s.Poststart = ReadHooks(ref r)),
        ("poststop", (w, s) => WriteHooks(w, s.Poststop),
            (ref Utf8JsonReader r, ContainerState s) => s.Poststop = ReadHooks(ref r)),
        ("privatePidNamespace", (w, s) => w.Value(s.PrivatePidNamespace),
            (ref Utf8JsonReader r, ContainerState s) => s.PrivatePidNamespace = r.GetBoolean()),
        ("startContainer", (w, s) => WriteHooks(w, s.StartContainer),
            (ref Utf8JsonReader r, ContainerState s) => s.StartContainer = ReadHooks(ref r)),
        ("noNewKeyring", (w, s) => w.Value(s.NoNewKeyring),
            (ref Utf8JsonReader r, ContainerState s) => s.NoNewKeyring = r.GetBoolean()),
        ("keyring", (w, s) => w.Value(s.Keyring),
            (ref Utf8JsonReader r, ContainerState s) => s.Keyring = OptionalText(ref r)),
        ("program", (w, s) => w.Value(s.Program),
            (ref Utf8JsonReader r, ContainerState s) => s.Program = OptionalText(ref r)),
        ("stdio", (w, s) => WriteStrings(w, s.Stdio),
            (ref Utf8JsonReader r, ContainerState s) => s.Stdio = ReadStrings(ref r)),
        ("rdtPaths", (w, s) => WriteStrings(w, s.RdtPaths),
            (ref Utf8JsonReader r, ContainerState s) => s.RdtPaths = ReadStrings(ref r)),
        ("restored", (w, s) => w.Value(s.Restored),
            (ref Utf8JsonReader r, ContainerState s) => s.Restored = r.GetBoolean()),
        ("unit", (w, s) => w.Value(s.Unit),
            (ref Utf8JsonReader r, ContainerState s) => s.Unit = OptionalText(ref r)),
        ("unitIsUsers", (w, s) => w.Value(s.UnitIsOfUserManager),
            (ref Utf8JsonReader r, ContainerState s) => s.UnitIsOfUserManager = r.GetBoolean()),
        ("userNamespace", (w, s) => w.Value(s.UserNamespace),
            (ref Utf8JsonReader r, ContainerState s) => s.UserNamespace = r.GetString()),
        ("foreignOwners", (w, s) => WritePairs(w, s.ForeignOwners),
            (ref Utf8JsonReader r, ContainerState s) => s.ForeignOwners = ReadPairs(ref r)),
        ("rootMount", (w, s) => w.Value(s.RootMount),
            (ref Utf8JsonReader r, ContainerState s) => s.RootMount = r.GetUInt64()),
    ];

    private delegate void Reader(ref Utf8JsonReader reader, ContainerState state);

    public static ReadOnlyMemory<byte> Write(ContainerState state)
    {
        JsonText writer = new(exact: true);
        writer.StartObject();
        writer.Member("sharprunc", Version);
        foreach ((string name, Action<JsonText, ContainerState> write, _) in Members)
        {
            writer.Name(name);
            write(writer, state);
        }
        writer.EndObject();
        return writer.Written;
    }

    /// <param name="id">The container that it must belong to; null: any.</param>
    /// <exception cref="StateFormatException">Not our format, a newer one, or damaged.</exception>
    public static ContainerState Read(ReadOnlySpan<byte> json, string? id = null)
    {
        ContainerState state = new() { Id = "" };
        Read(json, state);
        if (id is null || state.Id == id)
            return state;
        string owner = state.Id.Length == 0 ? "no container" : $"the container {state.Id}";
        throw new StateFormatException($"it belongs to {owner}", isDamage: true);
    }

    /// <summary>Reads what precedes the damage. Returns nothing of another container's state, whose processes would be killed.</summary>
    /// <exception cref="StateFormatException">Not our format, or a newer one.</exception>
    public static ContainerState Salvage(ReadOnlySpan<byte> json, string id)
    {
        ContainerState state = new() { Id = "" };
        try
        {
            Read(json, state);
        }
        catch (StateFormatException e) when (e.IsDamage)
        {
        }
        return state.Id == id ? state : new() { Id = "" };
    }

    private static void Read(ReadOnlySpan<byte> json, ContainerState state)
    {
        if (json.IsEmpty)
            throw new StateFormatException("it is empty", isDamage: true);
        Utf8JsonReader reader = new(json);
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject || !reader.Read()
                || reader.TokenType != JsonTokenType.PropertyName || !reader.ValueTextEquals("sharprunc"u8))
                throw new StateFormatException("not a state of " + RuntimeContext.Name);
            reader.Read();
            int version = reader.GetInt32();
            if (version is < 1 or > Version)
                throw new StateFormatException($"state format {version} was written by a newer {RuntimeContext.Name}", isNewer: true);
            for (int next = 0; reader.Read() && reader.TokenType == JsonTokenType.PropertyName;)
                ReadMember(ref reader, state, ref next);
            Require(reader.TokenType == JsonTokenType.EndObject && !reader.Read());
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new StateFormatException($"damaged at byte {reader.BytesConsumed}", isDamage: true);
        }
    }

    /// <param name="next">The row that follows the last one read, because members are written in the order of the rows.</param>
    private static void ReadMember(ref Utf8JsonReader reader, ContainerState state, ref int next)
    {
        for (int tried = 0; tried < Members.Length; tried++)
        {
            (string name, _, Reader read) = Members[(next + tried) % Members.Length];
            if (!reader.ValueTextEquals(name))
                continue;
            reader.Read();
            read(ref reader, state);
            next = (next + tried + 1) % Members.Length;
            return;
        }
        reader.Skip();
    }

    private static string Text(ref Utf8JsonReader reader) => OptionalText(ref reader) ?? "";

    private static string? OptionalText(ref Utf8JsonReader reader)
        => reader.ValueIsEscaped ? Unescaped(reader.ValueSpan) : reader.GetString();

    /// <summary>
    /// Unescapes the text itself: halves of surrogate pairs, which the reader refuses, are bytes of names (<see cref="JsonText"/>, exact).
    /// The reader has already checked the grammar.
    /// </summary>
    private static string Unescaped(ReadOnlySpan<byte> json)
    {
        StringBuilder text = new();
        for (int at = json.IndexOf((byte)'\\'); at >= 0; at = json.IndexOf((byte)'\\'))
        {
            text.Append(KernelText.Decode(json[..at]));
            byte letter = json[at + 1];
            json = json[(at + 2)..];
            if (letter == 'u')
            {
                text.Append((char)ushort.Parse(json[..4], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
                json = json[4..];
            }
            else
            {
                int control = "btnfr"u8.IndexOf(letter);
                text.Append(control >= 0 ? "\b\t\n\f\r"[control] : (char)letter);
            }
        }
        return text.Append(KernelText.Decode(json)).ToString();
    }

    private static void WritePairs(JsonText writer, KeyValuePair<string, string>[] pairs)
    {
        writer.StartObject();
        foreach ((string key, string value) in pairs)
            writer.Member(key, value);
        writer.EndObject();
    }

    private static KeyValuePair<string, string>[] ReadPairs(ref Utf8JsonReader reader)
    {
        List<KeyValuePair<string, string>> pairs = [];
        Require(reader.TokenType == JsonTokenType.StartObject);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = Text(ref reader);
            reader.Read();
            pairs.Add(new(key, Text(ref reader)));
        }
        Require(reader.TokenType == JsonTokenType.EndObject);
        return [.. pairs];
    }

    private static void WriteHooks(JsonText writer, Hook[] hooks)
    {
        writer.StartArray();
        foreach (Hook hook in hooks)
        {
            writer.StartObject();
            writer.Member("path", hook.Path);
            if (hook.Args is not null)
                WriteStrings(writer, "args", hook.Args);
            if (hook.Env is not null)
                WriteStrings(writer, "env", hook.Env);
            if (hook.Timeout is { } timeout)
                writer.Member("timeout", timeout);
            writer.EndObject();
        }
        writer.EndArray();
    }

    private static Hook[] ReadHooks(ref Utf8JsonReader reader)
    {
        List<Hook> hooks = [];
        Require(reader.TokenType == JsonTokenType.StartArray);
        while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
        {
            string path = "";
            string[]? args = null, env = null;
            int? timeout = null;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                string name = Text(ref reader);
                reader.Read();
                if (name == "path")
                    path = Text(ref reader);
                else if (name == "args")
                    args = ReadStrings(ref reader);
                else if (name == "env")
                    env = ReadStrings(ref reader);
                else if (name == "timeout")
                    timeout = reader.GetInt32();
                else
                    reader.Skip();
            }
            hooks.Add(new() { Path = path, Args = args, Env = env, Timeout = timeout });
        }
        Require(reader.TokenType == JsonTokenType.EndArray);
        return [.. hooks];
    }

    private static void WriteStrings(JsonText writer, string name, string[] values)
    {
        writer.Name(name);
        WriteStrings(writer, values);
    }

    private static void WriteStrings(JsonText writer, string[] values)
    {
        writer.StartArray();
        foreach (string value in values)
            writer.Value(value);
        writer.EndArray();
    }

    private static string[] ReadStrings(ref Utf8JsonReader reader)
    {
        List<string> values = [];
        Require(reader.TokenType == JsonTokenType.StartArray);
        while (reader.Read() && reader.TokenType == JsonTokenType.String)
            values.Add(Text(ref reader));
        Require(reader.TokenType == JsonTokenType.EndArray);
        return [.. values];
    }

    private static void Require(bool holds)
    {
        if (!holds)
            throw new FormatException("a list or an object is not what it must be");
    }
}
