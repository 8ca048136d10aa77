using System;
using System.Collections.Generic;
using System.Globalization;
using SharpRunc.Core.Lifecycle;
using SharpRunc.Core.Seccomp;
using SharpRunc.Core.Spec;
using SharpRunc.Core.Spec.Json;
using SharpRunc.Core.Validation;
using SharpRunc.Linux;

namespace SharpRunc.Core.Checking;

/// <summary>
/// All mistakes in a bundle. The rules are create's: the config is read as create reads it, what the first error names is taken away, and
/// it is read again, until create would accept the rest. Then the host is asked, without side effects, whether it could run that.
/// </summary>
internal sealed class BundleCheck
{
    /// <summary>A config with more mistakes is something else than a config.</summary>
    private const int Most = 256;

    private const string Namespaces = "/linux/namespaces";

    private readonly RuntimeContext context;
    private readonly ConfigDraft draft;
    private readonly List<Problem> problems = [];

    /// <summary>Pointers into the original: what was added or taken away.</summary>
    private readonly HashSet<string> repaired = [];

    /// <summary>Of these, what was added: a second time the object is taken away instead.</summary>
    private readonly HashSet<string> added = [];

    private BundleCheck(RuntimeContext context, byte[] json)
    {
        this.context = context;
        draft = new(json);
    }

    /// <param name="path">The bundle; becomes the working directory.</param>
    /// <param name="asksHost">false: only what the config says is checked.</param>
    /// <returns>In the order of the file.</returns>
    /// <exception cref="ContainerException">There is no config.json that can be read.</exception>
    public static List<Problem> Run(RuntimeContext context, string path, bool asksHost)
    {
        byte[] json = Bundle.ReadText(path, out string bundle);
        BundleCheck check = new(context, json);
        if (check.ReadAll(bundle, asksHost) is { } config && asksHost)
            HostCheck.Run(new(context, config, bundle, check.Add, check.Warn));
        check.problems.Sort(static (a, b) => (a.Line, a.Column).CompareTo((b.Line, b.Column)));
        return check.problems;
    }

    /// <returns>What is left when everything wrong is taken away; null: nothing that could be checked further.</returns>
    private Config? ReadAll(string bundle, bool asksHost)
    {
        for (int count = 0; count < Most; count++)
        {
            ReaderNotes notes = new() { WantsUnknown = true, Most = Most };
            try
            {
                Config read = Bundle.Parse(draft.Text, notes);
                ValidationContext rules = Bundle.RulesFor(context, read, noPivot: false);
                if (asksHost)
                    read = WithJoinedMaps(read);
                Config config = Bundle.Interpret(read, bundle, rules);
                SeccompProgram? filter = SeccompCompiler.Compile(config.Linux.Seccomp);
                foreach (string warning in (string[])[.. notes.Warnings, .. notes.Unknown, .. rules.Warnings, .. filter?.Warnings ?? [],
                    .. Deprecations.Of(config)])
                    Warn(warning);
                return config;
            }
            catch (ContainerException e)
            {
                if (!Mend(e))
                    return null;
            }
        }
        return null;
    }

    /// <summary>A namespace that cannot be joined takes nothing else with it: its maps are as unknown as with --host=no.</summary>
    private Config WithJoinedMaps(Config read)
    {
        try
        {
            Config joined = read with { Linux = JoinedMaps.Read(read.Linux, out Fd? user) };
            user?.Dispose();
            return joined;
        }
        catch (ContainerException e)
        {
            Add(e);
            return read;
        }
    }

    /// <summary>Reports the error, unless it follows from an earlier repair, and takes away what is wrong.</summary>
    /// <returns>false: nothing is left that could be taken away.</returns>
    private bool Mend(ContainerException e)
    {
        string pointer = e.Pointer ?? "";
        if (pointer == Namespaces)
        {
            Add(e);
            return false; // without them every other error would be a consequence
        }
        string? missing = MissingProperty(e.Message);
        if (missing is null && pointer.Length > 0 && TextRange.Find(draft.Text, pointer) is null)
            (pointer, missing) = (ConfigDraft.Parent(pointer), pointer[(pointer.LastIndexOf('/') + 1)..]);
        string about = draft.ToOriginal(missing is null ? pointer : $"{pointer}/{missing}");
        bool isOurDoing = repaired.Contains(about);
        if (!isOurDoing)
            Add(e);
        if (missing is not null && added.Add(about) && draft.TryAdd(pointer, missing))
        {
            repaired.Add(about);
            return true;
        }
        string target = missing is null && isOurDoing ? ConfigDraft.Parent(pointer) : pointer;
        repaired.Add(draft.ToOriginal(target));
        return target.Length > 0 && draft.TryRemove(target);
    }

    /// <summary>The name in the reader's words for a required property; null: it says something else.</summary>
    private static string? MissingProperty(string message)
    {
        const string Words = "the required property \"";
        int at = message.IndexOf(Words, StringComparison.Ordinal);
        return at < 0 ? null : message[(at + Words.Length)..message.IndexOf('"', at + Words.Length)];
    }

    private void Add(ContainerException e) => Add(Severity.Error, e.Message, draft.ToOriginal(e.Pointer ?? ""), e.Code.Text, e.Hint);

    private void Warn(string message)
    {
        (_, _, string text) = Split(message);
        int colon = text.StartsWith('/') ? text.IndexOf(": ", StringComparison.Ordinal) : -1;
        Add(Severity.Warning, message, colon < 0 ? "" : draft.ToOriginal(text[..colon]));
    }

    private void Add(Severity severity, string message, string pointer, string? code = null, string? hint = null)
    {
        (int line, int column, string text) = Split(message);
        if (line == 0)
            (line, column) = draft.Locate(pointer);
        int colon = text.StartsWith('/') ? text.IndexOf(": ", StringComparison.Ordinal) : -1;
        Problem found = new(severity, pointer, line, column, colon < 0 ? text : text[(colon + 2)..], code, hint);
        if (!problems.Contains(found))
            problems.Add(found);
    }

    /// <summary>Splits <c>config.json:12:8: text</c>; a message without a place has line 0.</summary>
    private static (int Line, int Column, string Text) Split(string message)
    {
        string[] parts = message.Split(':', 4);
        bool isPlaced = parts is ["config.json", _, _, [' ', ..]];
        if (!isPlaced)
            return (0, 0, message);
        return (int.Parse(parts[1], CultureInfo.InvariantCulture), int.Parse(parts[2], CultureInfo.InvariantCulture), parts[3][1..]);
    }
}
