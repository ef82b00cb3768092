local out = io.open(os.getenv("TAP_OUT"), "w")
local i = 0
for line in io.lines(os.getenv("TAP_FILTERS")) do
  i = i + 1
  local n, hits = i, {}
  local good, tap = pcall(Listener.new, nil, line)
  if not good then
    out:write(n .. "\tERROR\n")
  else
    function tap.packet(pinfo) hits[#hits + 1] = pinfo.number end
    function tap.draw() out:write(n .. "\t" .. table.concat(hits, ",") .. "\n"); out:flush() end
  end
end
