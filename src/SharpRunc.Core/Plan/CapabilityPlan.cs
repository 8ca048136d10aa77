using System;
using System.Collections.Generic;
using SharpRunc.Core.Spec;

namespace SharpRunc.Core.Plan;

/// <summary>
/// config.md#linux-process: the five capability sets as bit masks. "Any value which cannot be mapped to a relevant kernel interface, or
/// cannot be granted otherwise, MUST be logged as a warning by the runtime. Runtimes SHOULD NOT fail."
/// </summary>
internal sealed class CapabilityPlan
{
    /// <summary>All capabilities that this version knows.</summary>
    public static ulong All => (1UL << CapabilityNames.All.Length) - 1;

    public ulong BoundingDrop { get; private init; }

    public ulong Effective { get; private init; }

    public ulong Permitted { get; private init; }

    public ulong Inheritable { get; private init; }

    public ulong Ambient { get; private init; }

    /// <summary>What was asked for and cannot be granted: one line, or none.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    /// <param name="asked">null: no capabilities.</param>
    /// <param name="held">What the init can grant: the runtime's permitted set, or all capabilities in a private user namespace.</param>
    public static CapabilityPlan From(Capabilities? asked, ulong held)
    {
        if (asked is null)
            return new() { BoundingDrop = All, Warnings = [] };
        List<OmittedCapabilities> omitted = [];
        ulong Granted(string set, string[] names, ulong limit, string because)
        {
            ulong wanted = 0;
            List<string> refused = [], unknown = [];
            foreach (string name in names)
            {
                int number = Array.IndexOf(CapabilityNames.All, name);
                if (number < 0)
                    unknown.Add(name);
                else if ((limit >> number & 1) == 0)
                    refused.Add(name);
                else
                    wanted |= 1UL << number;
            }
            AddOmitted(omitted, set, unknown, "unknown name");
            AddOmitted(omitted, set, refused, because);
            return wanted;
        }
        const string NotHeld = "the runtime does not hold it";
        ulong bounding = Granted("bounding", asked.Bounding, held, NotHeld);
        ulong permitted = Granted("permitted", asked.Permitted, held, NotHeld);
        ulong inheritable = Granted("inheritable", asked.Inheritable, held, NotHeld);
        ulong effective = Granted("effective", asked.Effective, permitted, "it is not permitted");
        ulong ambient = Granted("ambient", asked.Ambient, permitted & inheritable, "it is not both permitted and inheritable");
        return new()
        {
            BoundingDrop = All & ~bounding,
            Permitted = permitted,
            Inheritable = inheritable,
            Effective = effective,
            Ambient = ambient,
            Warnings = omitted.Count == 0 ? []
                : ["/process/capabilities: cannot be granted and are omitted: " + string.Join("; ", omitted)],
        };
    }

    /// <summary>
    /// Sets that lack the same names for the same reason are reported together: buildah asks for all of its set as ambient, at every step
    /// of a build.
    /// </summary>
    private static void AddOmitted(List<OmittedCapabilities> omitted, string set, List<string> names, string because)
    {
        if (names.Count == 0)
            return;
        string all = string.Join(", ", names);
        int same = omitted.FindIndex(told => told.Names == all && told.Reason == because);
        if (same < 0)
            omitted.Add(new(set, all, because));
        else
            omitted[same] = omitted[same] with { Sets = $"{omitted[same].Sets}, {set}" };
    }

    private sealed record OmittedCapabilities(string Sets, string Names, string Reason)
    {
        public override string ToString() => $"{Names} ({Sets}: {Reason})";
    }
}
