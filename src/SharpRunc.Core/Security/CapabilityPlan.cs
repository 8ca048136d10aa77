using System;
using System.Collections.Generic;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;

namespace SharpRunc.Core.Security;

/// <summary>
/// config.md#linux-process: the five sets as bits. "Any value which cannot be mapped to a relevant kernel interface, or cannot
/// be granted otherwise, MUST be logged as a warning by the runtime. Runtimes SHOULD NOT fail."
/// </summary>
internal sealed class CapabilityPlan
{
    /// <summary>Every capability that this version knows.</summary>
    public static ulong All => (1UL << CapabilityNames.All.Length) - 1;

    public ulong BoundingDrop { get; private init; }

    public ulong Effective { get; private init; }

    public ulong Permitted { get; private init; }

    public ulong Inheritable { get; private init; }

    public ulong Ambient { get; private init; }

    /// <summary>What was asked for and cannot be had.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    /// <param name="asked">null: none at all.</param>
    /// <param name="held">What the init can give: the runtime's permitted set, or all inside a user namespace of its own.</param>
    public static CapabilityPlan From(Capabilities? asked, ulong held)
    {
        List<string> warnings = [];
        if (asked is null)
            return new() { BoundingDrop = All, Warnings = warnings };
        ulong Granted(string set, string[] names, ulong limit, string because)
        {
            ulong wanted = 0;
            List<string> refused = [];
            foreach (string name in names)
            {
                int number = Array.IndexOf(CapabilityNames.All, name);
                if (number < 0)
                    warnings.Add($"/process/capabilities/{set}: {name} is not a capability that this version knows; left out");
                else if ((limit >> number & 1) == 0)
                    refused.Add(name);
                else
                    wanted |= 1UL << number;
            }
            // One line: buildah asks for all of its set as ambient, at every step of a build, and for none as inheritable.
            if (refused.Count > 0)
                warnings.Add($"/process/capabilities/{set}: cannot be granted, {because}; left out: {string.Join(", ", refused)}");
            return wanted;
        }
        const string notHeld = "the runtime does not hold it";
        ulong bounding = Granted("bounding", asked.Bounding, held, notHeld);
        ulong permitted = Granted("permitted", asked.Permitted, held, notHeld);
        ulong inheritable = Granted("inheritable", asked.Inheritable, held, notHeld);
        return new()
        {
            BoundingDrop = All & ~bounding,
            Permitted = permitted,
            Inheritable = inheritable,
            Effective = Granted("effective", asked.Effective, permitted, "it is not permitted"),
            Ambient = Granted("ambient", asked.Ambient, permitted & inheritable, "it is not both permitted and inheritable"),
            Warnings = warnings,
        };
    }

    /// <summary>What a process of this runtime can give away.</summary>
    public static ulong Held() => Sys.PermittedCapabilities();
}
