using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Text;
using SharpRunc.Core.Seccomp;
using SharpRunc.Core.Spec.Json;
using SharpRunc.Linux.Bpf;

namespace SharpRunc.Core.Explaining;

/// <summary>A compiled profile for other programs.</summary>
internal static class CompiledText
{
    /// <summary>One line per instruction: code, jt, jf and k, such as <c>0020 00 00 00000004</c>.</summary>
    public static string Hex(SeccompProgram program)
    {
        StringBuilder text = new();
        foreach (Instruction i in MemoryMarshal.Cast<byte, Instruction>(program.Instructions))
        {
            text.Append(i.Code.ToString("x4")).Append(' ').Append(i.Yes.ToString("x2")).Append(' ');
            text.Append(i.No.ToString("x2")).Append(' ').Append(i.K.ToString("x8")).Append('\n');
        }
        return text.ToString();
    }

    /// <summary>
    /// {"architectures": […], "action": …, "flags": […], "warnings": […], "count": 133, "instructions": [{"code": 32, "jt": 0,
    /// "jf": 0, "k": 4}, …]}.
    /// </summary>
    public static byte[] Json(ProfileEvaluator evaluator)
    {
        JsonText json = new(indented: true);
        json.StartObject();
        CaseJson.Strings(json, "architectures", evaluator.Profile.Architectures.ConvertAll(static rules => rules.Architecture.Name));
        json.Name("default");
        json.StartObject();
        CaseJson.Action(json, evaluator.Profile.Default);
        json.EndObject();
        CaseJson.Strings(json, "flags", Flags(evaluator.Program.Flags));
        CaseJson.Strings(json, "warnings", evaluator.Program.Warnings);
        json.Member("count", evaluator.Program.Count);
        json.Name("instructions");
        json.StartArray();
        foreach (Instruction i in MemoryMarshal.Cast<byte, Instruction>(evaluator.Program.Instructions))
        {
            json.StartObject();
            json.Member("code", i.Code);
            json.Member("jt", i.Yes);
            json.Member("jf", i.No);
            json.Member("k", i.K);
            json.EndObject();
        }
        json.EndArray();
        json.EndObject();
        return CaseJson.Bytes(json);
    }

    /// <summary>The names of the flags that the filter is loaded with.</summary>
    public static string[] Flags(uint flags)
    {
        List<string> names = [];
        foreach ((uint flag, string name) in SeccompFlags.Names)
            if ((flags & flag) != 0)
                names.Add(name);
        return [.. names];
    }
}
